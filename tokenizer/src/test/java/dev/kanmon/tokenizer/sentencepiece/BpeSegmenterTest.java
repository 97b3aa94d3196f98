package dev.kanmon.tokenizer.sentencepiece;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.tokenizer.model.TokenSink;
import dev.kanmon.tokenizer.pretokenizer.Pieces;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceSpec.Piece;
import dev.kanmon.tokenizer.text.NormalizedText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The four kinds of model on random pieces, against implementations that are too plain to be wrong. */
class BpeSegmenterTest {
    private static final int MODELS = 300;
    private static final int TEXTS = 40;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void joinsInTheOrderOfScores(long seed) throws IOException {
        var random = new Random(seed);
        for (int m = 0; m < MODELS; m++) {
            var pieces = pieces(random);
            var model = model(ModelKind.BPE, pieces);
            for (int t = 0; t < TEXTS; t++) {
                var text = text(random, random.nextInt(30));
                assertEquals(
                        bpe(text, pieces),
                        tokens(model, text),
                        () -> "seed " + seed + ", \"" + text + "\" with " + pieces);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5})
    void unigramHasTheLargestSum(long seed) throws IOException {
        var random = new Random(seed);
        for (int m = 0; m < MODELS; m++) {
            // Sums of small integers are exact, so that the best sum is one number; types are normal only.
            var pieces = new LinkedHashMap<String, Piece>();
            pieces(random)
                    .forEach((name, piece) ->
                            pieces.put(name, new Piece(name, Math.round(piece.score()), PieceType.NORMAL)));
            var model = model(ModelKind.UNIGRAM, pieces);
            for (int t = 0; t < TEXTS; t++) {
                var text = text(random, 1 + random.nextInt(20));
                float sum = 0;
                float least = (float)
                        pieces.values().stream().mapToDouble(Piece::score).min().orElseThrow();
                for (var token : tokens(model, text)) {
                    sum += token.length() > 0 && pieces.containsKey(token)
                            ? pieces.get(token).score()
                            : token.length() * (least - 10);
                }
                assertEquals(
                        best(text, pieces, least), sum, () -> "seed " + seed + ", \"" + text + "\" with " + pieces);
            }
        }
    }

    private static Map<String, Piece> pieces(Random random) {
        var pieces = new LinkedHashMap<String, Piece>();
        int count = 3 + random.nextInt(20);
        for (int i = 0; i < count; i++) {
            var name = text(random, 1 + random.nextInt(5));
            var type =
                    switch (random.nextInt(8)) {
                        case 0 -> PieceType.USER_DEFINED;
                        case 1, 2 -> PieceType.UNUSED;
                        default -> PieceType.NORMAL;
                    };
            pieces.put(name, new Piece(name, random.nextInt(6) - 7.5f, type));
        }
        return pieces;
    }

    private static String text(Random random, int length) {
        var out = new StringBuilder();
        for (int i = 0; i < length; i++) {
            out.append((char) ('a' + random.nextInt(3)));
        }
        return out.toString();
    }

    private static SentencePieceModel model(ModelKind kind, Map<String, Piece> pieces) throws IOException {
        var all = new ArrayList<Piece>();
        all.add(new Piece("<unk>", 0, PieceType.UNKNOWN));
        all.addAll(pieces.values());
        var spec = new SentencePieceSpec(kind, all, false, false, new byte[0], false, false, true);
        // By way of the file, so that what is written is read.
        var file = SentencePieceProto.write(spec);
        return SentencePieceModel.of("model", SentencePieceProto.read("model", file), false);
    }

    private static List<String> tokens(SentencePieceModel model, String text) {
        var normalized = NormalizedText.of(text);
        var pieces = new Pieces(normalized);
        pieces.add(0, normalized.length());
        var tokens = new ArrayList<String>();
        model.tokenize(pieces, (TokenSink) (id, from, to) -> tokens.add(normalized.string(from, to)));
        return tokens;
    }

    /** Joins the best two neighbours over and over, with lists of strings. */
    private static List<String> bpe(String text, Map<String, Piece> pieces) {
        var symbols = new ArrayList<String>();
        var frozen = new ArrayList<Boolean>();
        for (int i = 0; i < text.length(); ) {
            int longest = 0;
            for (int end = i + 1; end <= text.length(); end++) {
                var piece = pieces.get(text.substring(i, end));
                longest = piece != null && piece.type() == PieceType.USER_DEFINED ? end - i : longest;
            }
            symbols.add(text.substring(i, i + Math.max(1, longest)));
            frozen.add(longest > 0);
            i += Math.max(1, longest);
        }
        var joints = new HashMap<String, Integer>();
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                var piece = pieces.get(symbols.get(i) + symbols.get(i + 1));
                if (piece == null || frozen.get(i) || frozen.get(i + 1)) {
                    continue;
                }
                if (piece.type() == PieceType.UNUSED) {
                    joints.put(piece.text(), symbols.get(i).length());
                }
                if (best < 0
                        || piece.score()
                                > pieces.get(symbols.get(best) + symbols.get(best + 1))
                                        .score()) {
                    best = i;
                }
            }
            if (best < 0) {
                break;
            }
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
            frozen.remove(best + 1);
        }
        var tokens = new ArrayList<String>();
        boolean unknown = false;
        for (var symbol : symbols) {
            var parts = new ArrayList<String>();
            takeApart(symbol, pieces, joints, parts);
            for (var part : parts) {
                if (!pieces.containsKey(part) && unknown) {
                    tokens.set(tokens.size() - 1, tokens.getLast() + part);
                } else {
                    tokens.add(part);
                }
                unknown = !pieces.containsKey(part);
            }
        }
        return tokens;
    }

    private static void takeApart(
            String symbol, Map<String, Piece> pieces, Map<String, Integer> joints, List<String> out) {
        var piece = pieces.get(symbol);
        if (piece != null && piece.type() == PieceType.UNUSED && joints.containsKey(symbol)) {
            takeApart(symbol.substring(0, joints.get(symbol)), pieces, joints, out);
            takeApart(symbol.substring(joints.get(symbol)), pieces, joints, out);
        } else {
            out.add(symbol);
        }
    }

    private static float best(String text, Map<String, Piece> pieces, float least) {
        var sums = new float[text.length() + 1];
        for (int end = 1; end <= text.length(); end++) {
            sums[end] = Float.NEGATIVE_INFINITY;
            for (int start = 0; start < end; start++) {
                var piece = pieces.get(text.substring(start, end));
                if (piece != null) {
                    sums[end] = Math.max(sums[end], sums[start] + piece.score());
                }
            }
            if (!pieces.containsKey(text.substring(end - 1, end))) {
                sums[end] = Math.max(sums[end], sums[end - 1] + least - 10);
            }
        }
        return sums[text.length()];
    }
}
