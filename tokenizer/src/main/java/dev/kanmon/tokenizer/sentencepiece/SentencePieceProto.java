package dev.kanmon.tokenizer.sentencepiece;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.protobuf.ProtobufMessage;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The file of a SentencePiece model, usually spm.model, spiece.model, sentencepiece.bpe.model or tokenizer.model: one
 * protobuf message {@code ModelProto}. What only training needs is skipped.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/2734490/src/sentencepiece_model.proto">sentencepiece_model.proto</a>
 */
public final class SentencePieceProto {
    private static final int MAX_PIECE_BYTES = 1 << 16;
    private static final int MAX_PIECES = 1 << 24;

    private static final int PIECES = 1;
    private static final int TRAINER_SPEC = 2;
    private static final int NORMALIZER_SPEC = 3;
    private static final int PIECE_TEXT = 1;
    private static final int PIECE_SCORE = 2;
    private static final int PIECE_TYPE = 3;
    private static final int MODEL_TYPE = 3;
    private static final int WHITESPACE_AS_SUFFIX = 24;
    private static final int BYTE_FALLBACK = 35;
    private static final int CHARSMAP = 2;
    private static final int DUMMY_PREFIX = 3;
    private static final int REMOVE_EXTRA_WHITESPACES = 4;
    private static final int ESCAPE_WHITESPACES = 5;

    private final List<SentencePieceSpec.Piece> pieces = new ArrayList<>();
    private ModelKind kind = ModelKind.UNIGRAM;
    private boolean byteFallback;
    private boolean whitespaceAsSuffix;
    private byte[] charsmap = new byte[0];
    private boolean addDummyPrefix = true;
    private boolean removeExtraWhitespaces = true;
    private boolean escapeWhitespaces = true;

    private SentencePieceProto() {}

    /**
     * Reads a model; what it says is checked by {@link SentencePieces}.
     *
     * @param source what messages call the file
     */
    public static SentencePieceSpec read(String source, byte[] file) throws ModelFormatException {
        var proto = new SentencePieceProto();
        var model = ProtobufMessage.of(source, MemorySegment.ofArray(file), "ModelProto");
        while (model.next()) {
            switch (model.field()) {
                case PIECES -> proto.piece(model);
                case TRAINER_SPEC -> proto.trainer(model.message("TrainerSpec"));
                case NORMALIZER_SPEC -> proto.normalizer(model.message("NormalizerSpec"));
                default -> {
                    // Self tests, the way back to text, and extensions.
                }
            }
        }
        return new SentencePieceSpec(
                proto.kind,
                proto.pieces,
                proto.byteFallback,
                proto.whitespaceAsSuffix,
                proto.charsmap,
                proto.addDummyPrefix,
                proto.removeExtraWhitespaces,
                proto.escapeWhitespaces);
    }

    private void piece(ProtobufMessage model) throws ModelFormatException {
        if (pieces.size() == MAX_PIECES) {
            throw model.error("more than " + MAX_PIECES + " pieces");
        }
        var message = model.message("SentencePiece");
        var text = "";
        float score = 0;
        var type = PieceType.NORMAL;
        while (message.next()) {
            switch (message.field()) {
                case PIECE_TEXT -> text = message.string(MAX_PIECE_BYTES);
                case PIECE_SCORE -> score = message.real();
                case PIECE_TYPE -> {
                    type = PieceType.of(message.integer());
                    if (type == null) {
                        throw message.error("the type " + message.integer() + " of a piece, expected 1 to 6");
                    }
                }
                default -> {
                    // An extension.
                }
            }
        }
        if (Float.isNaN(score)) {
            throw model.error("the score of piece " + pieces.size() + " is NaN, expected a number");
        }
        pieces.add(new SentencePieceSpec.Piece(text, score, type));
    }

    private void trainer(ProtobufMessage message) throws ModelFormatException {
        while (message.next()) {
            switch (message.field()) {
                case MODEL_TYPE -> {
                    kind = ModelKind.of(message.integer());
                    if (kind == null) {
                        throw message.error("the model type " + message.integer() + ", expected 1 to 4");
                    }
                }
                case WHITESPACE_AS_SUFFIX -> whitespaceAsSuffix = message.integer() != 0;
                case BYTE_FALLBACK -> byteFallback = message.integer() != 0;
                default -> {
                    // How it was trained.
                }
            }
        }
    }

    private void normalizer(ProtobufMessage message) throws ModelFormatException {
        while (message.next()) {
            switch (message.field()) {
                case CHARSMAP -> charsmap = message.bytes().toArray(ValueLayout.JAVA_BYTE);
                case DUMMY_PREFIX -> addDummyPrefix = message.integer() != 0;
                case REMOVE_EXTRA_WHITESPACES -> removeExtraWhitespaces = message.integer() != 0;
                case ESCAPE_WHITESPACES -> escapeWhitespaces = message.integer() != 0;
                default -> {
                    // The rules' name and source.
                }
            }
        }
    }

    /** A file that reads as the same model. */
    public static byte[] write(SentencePieceSpec spec) {
        var out = new Message();
        for (var piece : spec.pieces()) {
            out.put(
                    PIECES,
                    new Message()
                            .put(PIECE_TEXT, piece.text().getBytes(StandardCharsets.UTF_8))
                            .put(PIECE_SCORE, piece.score())
                            .put(PIECE_TYPE, piece.type().number())
                            .bytes());
        }
        out.put(
                TRAINER_SPEC,
                new Message()
                        .put(MODEL_TYPE, spec.kind().number())
                        .put(WHITESPACE_AS_SUFFIX, spec.whitespaceAsSuffix() ? 1 : 0)
                        .put(BYTE_FALLBACK, spec.byteFallback() ? 1 : 0)
                        .bytes());
        out.put(
                NORMALIZER_SPEC,
                new Message()
                        .put(CHARSMAP, spec.charsmap())
                        .put(DUMMY_PREFIX, spec.addDummyPrefix() ? 1 : 0)
                        .put(REMOVE_EXTRA_WHITESPACES, spec.removeExtraWhitespaces() ? 1 : 0)
                        .put(ESCAPE_WHITESPACES, spec.escapeWhitespaces() ? 1 : 0)
                        .bytes());
        return out.bytes();
    }

    /** A protobuf message on its way out. */
    private static final class Message {
        private static final int BYTES = 2;
        private static final int FIXED32 = 5;

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        byte[] bytes() {
            return out.toByteArray();
        }

        Message put(int field, int value) {
            return varint(field << 3).varint(value);
        }

        Message put(int field, float value) {
            varint(field << 3 | FIXED32);
            int bits = Float.floatToRawIntBits(value);
            for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
                out.write(bits >>> shift);
            }
            return this;
        }

        Message put(int field, byte[] value) {
            varint(field << 3 | BYTES).varint(value.length);
            out.writeBytes(value);
            return this;
        }

        private Message varint(int value) {
            for (; value >>> 7 != 0; value >>>= 7) {
                out.write(value & 0x7F | 0x80);
            }
            out.write(value);
            return this;
        }
    }
}
