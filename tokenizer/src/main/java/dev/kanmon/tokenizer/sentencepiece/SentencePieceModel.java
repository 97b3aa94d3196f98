package dev.kanmon.tokenizer.sentencepiece;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.tokenizer.model.PieceTrie;
import dev.kanmon.tokenizer.model.TokenModel;
import dev.kanmon.tokenizer.model.TokenSink;
import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.normalizer.CharsMap;
import dev.kanmon.tokenizer.pretokenizer.Pieces;

/** A SentencePiece model of any of the four kinds; {@link #normalizer} belongs before it. */
public final class SentencePieceModel implements TokenModel {
    private final SentencePieceSpec spec;
    private final boolean fairseq;
    private final SentencePieces pieces;
    private final Segmenter segmenter;
    private final SentencePieceNormalizer normalizer;

    private SentencePieceModel(SentencePieceSpec spec, boolean fairseq, SentencePieces pieces, CharsMap rules) {
        this.spec = spec;
        this.fairseq = fairseq;
        this.pieces = pieces;
        var userDefined = PieceTrie.of(pieces.vocabulary(), id -> pieces.type(id) == PieceType.USER_DEFINED);
        segmenter = switch (spec.kind()) {
            case UNIGRAM -> new UnigramSegmenter(pieces);
            case BPE -> new BpeSegmenter(pieces, userDefined);
            case WORD -> new WordSegmenter(pieces);
            case CHAR -> new CharSegmenter(pieces, userDefined);
        };
        normalizer = new SentencePieceNormalizer(spec, rules, userDefined);
    }

    /**
     * A model.
     *
     * @param source what messages call it
     * @param fairseq whether ids are those that fairseq gives: {@code <s> <pad> </s> <unk>}, then the pieces from number
     *     3 on
     * @throws ModelFormatException if the pieces contradict themselves, or the normalisation rules are malformed
     */
    public static SentencePieceModel of(String source, SentencePieceSpec spec, boolean fairseq)
            throws ModelFormatException {
        var pieces = SentencePieces.of(source, spec, fairseq);
        try {
            var rules = spec.charsmap().length == 0 ? null : CharsMap.of(spec.charsmap());
            return new SentencePieceModel(spec, fairseq, pieces, rules);
        } catch (IllegalArgumentException malformed) {
            throw ModelFormatException.in(source, malformed.getMessage());
        }
    }

    /** What the model was made of. */
    public SentencePieceSpec spec() {
        return spec;
    }

    /** Whether ids are those that fairseq gives. */
    public boolean fairseq() {
        return fairseq;
    }

    /** What the model does to text before it cuts it. */
    public SentencePieceNormalizer normalizer() {
        return normalizer;
    }

    /** The id of the unknown piece. */
    public int unknownId() {
        return pieces.unknownId();
    }

    /** The score of an id below {@link #size}. */
    public float score(int id) {
        return pieces.score(id);
    }

    /** What an id below {@link #size} is for. */
    public PieceType type(int id) {
        return pieces.type(id);
    }

    @Override
    public Vocabulary vocabulary() {
        return pieces.vocabulary();
    }

    @Override
    public int size() {
        return pieces.size();
    }

    @Override
    public void tokenize(Pieces cut, TokenSink sink) {
        for (int piece = 0; piece < cut.size(); piece++) {
            int from = cut.from(piece);
            // Whole texts come here uncut; only an added token that is sought in normalised text may lie before one.
            var text = cut.text().slice(from, cut.to(piece)).codePoints();
            var out = new PieceSink(pieces, text, shifted(sink, from));
            segmenter.segment(text, cut.to(piece) - from, out);
            out.finish();
        }
    }

    private static TokenSink shifted(TokenSink sink, int by) {
        if (by == 0) {
            return sink;
        }
        return new TokenSink() {
            @Override
            public void add(int id, int from, int to) {
                sink.add(id, by + from, by + to);
            }

            @Override
            public void addAsText(int id, int from, int to) {
                sink.addAsText(id, by + from, by + to);
            }
        };
    }
}
