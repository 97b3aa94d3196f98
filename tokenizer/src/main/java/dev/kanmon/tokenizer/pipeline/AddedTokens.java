package dev.kanmon.tokenizer.pipeline;

import dev.kanmon.tokenizer.model.TokenModel;
import dev.kanmon.tokenizer.normalizer.Normalizer;
import dev.kanmon.tokenizer.text.NormalizedText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The added tokens of a tokenizer and the two searches for them; immutable. */
public final class AddedTokens {
    private final List<AddedToken> tokens;
    private final Map<String, Integer> idOf;
    private final Map<Integer, String> contentOf;
    private final Map<Integer, String> decodedOf = new HashMap<>();
    private final Set<String> specials = new HashSet<>();
    private final AddedTokenMatcher inText = new AddedTokenMatcher();
    private final AddedTokenMatcher inNormalized = new AddedTokenMatcher();

    private AddedTokens(List<AddedToken> tokens, Normalizer normalizer) {
        this.tokens = List.copyOf(tokens);
        idOf = HashMap.newHashMap(tokens.size());
        contentOf = HashMap.newHashMap(tokens.size());
        for (var token : tokens) {
            idOf.put(token.content(), token.id());
            contentOf.put(token.id(), token.content());
            if (token.special()) {
                specials.add(token.content());
            }
            if (token.normalized()) {
                var normalized = normalizer == null
                        ? token.content()
                        : normalizer
                                .normalize(NormalizedText.of(token.content()))
                                .toString();
                decodedOf.put(token.id(), normalized);
                inNormalized.add(normalized, token);
            } else {
                inText.add(token.content(), token);
            }
        }
    }

    /**
     * Gives the tokens their ids as the reference does: the vocabulary's where it has the token, else the next number
     * behind the vocabulary, whatever the file says. Of two tokens with the same text the later one counts.
     *
     * @param normalizer null for none
     */
    public static AddedTokens of(List<AddedToken> tokens, TokenModel model, Normalizer normalizer) {
        var vocabulary = model.vocabulary();
        var byContent = new HashMap<String, AddedToken>();
        var order = new ArrayList<String>();
        Set<String> specials = new HashSet<>();
        int nextId = model.size();
        for (var token : tokens) {
            if (token.content().isEmpty()) {
                continue;
            }
            var earlier = byContent.get(token.content());
            int id = earlier != null ? earlier.id() : vocabulary.id(token.content());
            if (id < 0) {
                id = nextId++;
            }
            if (token.special()) {
                specials.add(token.content());
            }
            if (earlier == null) {
                order.add(token.content());
            }
            byContent.put(
                    token.content(),
                    new AddedToken(
                            id,
                            token.content(),
                            token.singleWord(),
                            token.lstrip(),
                            token.rstrip(),
                            token.normalized(),
                            specials.contains(token.content())));
        }
        var resolved = new ArrayList<AddedToken>();
        for (var content : order) {
            resolved.add(byContent.get(content));
        }
        return new AddedTokens(resolved, normalizer);
    }

    /**
     * Tokens with the ids that they have.
     *
     * @param tokens each text once
     * @param normalizer null for none
     */
    public static AddedTokens withTheirIds(List<AddedToken> tokens, Normalizer normalizer) {
        return new AddedTokens(tokens, normalizer);
    }

    /** The tokens, in the order of the file. */
    public List<AddedToken> tokens() {
        return tokens;
    }

    /** The id of an added token, or -1. */
    public int id(String content) {
        return idOf.getOrDefault(content, -1);
    }

    /** The text of an added token, or null. */
    public String content(int id) {
        return contentOf.get(id);
    }

    /**
     * The text of an added token for a decoder, or null: in normalised form if that is how it is looked for, so that the
     * decoder can undo it.
     */
    public String decoded(int id) {
        var decoded = decodedOf.get(id);
        return decoded != null ? decoded : contentOf.get(id);
    }

    /** Whether a text is that of a special token. */
    public boolean isSpecial(String content) {
        return specials.contains(content);
    }

    AddedTokenMatcher inText() {
        return inText;
    }

    AddedTokenMatcher inNormalized() {
        return inNormalized;
    }
}
