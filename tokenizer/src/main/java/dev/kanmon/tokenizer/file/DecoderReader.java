package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.tokenizer.decoder.BpeDecoder;
import dev.kanmon.tokenizer.decoder.ByteFallback;
import dev.kanmon.tokenizer.decoder.ByteLevelDecoder;
import dev.kanmon.tokenizer.decoder.Ctc;
import dev.kanmon.tokenizer.decoder.Decoder;
import dev.kanmon.tokenizer.decoder.DecoderSequence;
import dev.kanmon.tokenizer.decoder.Fuse;
import dev.kanmon.tokenizer.decoder.MetaspaceDecoder;
import dev.kanmon.tokenizer.decoder.ReplaceDecoder;
import dev.kanmon.tokenizer.decoder.StripDecoder;
import dev.kanmon.tokenizer.decoder.WordPieceDecoder;
import dev.kanmon.tokenizer.normalizer.Replace;

/** Reads the {@code decoder} of a tokenizer.json. */
final class DecoderReader {
    private static final String KNOWN =
            "BPEDecoder, ByteFallback, ByteLevel, CTC, Fuse, Metaspace, Replace, Sequence, Strip, WordPiece";

    private DecoderReader() {}

    static Decoder read(JsonObject component) throws ModelFormatException {
        return switch (component.string("type")) {
            case "BPEDecoder" -> new BpeDecoder(component.string("suffix"));
            case "ByteFallback" -> new ByteFallback();
            case "ByteLevel" -> new ByteLevelDecoder();
            case "CTC" ->
                new Ctc(
                        component.string("pad_token"),
                        component.string("word_delimiter_token"),
                        component.bool("cleanup"));
            case "Fuse" -> new Fuse();
            case "Metaspace" -> new MetaspaceDecoder(PreTokenizerReader.metaspace(component));
            case "Replace" -> new ReplaceDecoder(new Replace(Patterns.regex(component), component.string("content")));
            case "Sequence" ->
                new DecoderSequence(Components.sequence(component.array("decoders"), DecoderReader::read));
            case "Strip" ->
                new StripDecoder(
                        PreTokenizerReader.character(component, "content"),
                        Components.natural(component, "start"),
                        Components.natural(component, "stop"));
            case "WordPiece" -> new WordPieceDecoder(component.string("prefix"), component.bool("cleanup"));
            default -> throw Components.unknown(component, "decoder", KNOWN);
        };
    }
}
