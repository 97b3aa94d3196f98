package dev.kanmon.tokenizer.decoder;

import dev.kanmon.tokenizer.pretokenizer.Metaspace;
import dev.kanmon.tokenizer.pretokenizer.Metaspace.PrependScheme;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes blanks of the replacement character; in the first token it goes, if the pre-tokenizer put one there.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/pre_tokenizers/metaspace.rs#L160">metaspace.rs</a>
 */
public record MetaspaceDecoder(Metaspace metaspace) implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        var replacement = Character.toString(metaspace.replacement());
        var pieces = new ArrayList<String>(tokens.size());
        for (var token : tokens) {
            boolean goes = pieces.isEmpty() && metaspace.prependScheme() != PrependScheme.NEVER;
            pieces.add(token.replace(replacement, goes ? "" : " "));
        }
        return pieces;
    }
}
