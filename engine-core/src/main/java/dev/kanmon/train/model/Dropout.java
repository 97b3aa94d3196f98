package dev.kanmon.train.model;

/**
 * Which numbers a forward pass drops (Srivastava et al. 2014), where Hugging Face's models do: behind the embeddings'
 * normalisation, among the weights of attention, behind attention and feed-forward block before the residual sum, and
 * before the classifier. What is kept is divided by the chance of being kept.
 *
 * @param hidden chance of a hidden state's number, at least 0, below 1; {@code hidden_dropout_prob} in a config.json
 * @param attention chance of a weight of attention; {@code attention_probs_dropout_prob}
 * @param classifier chance of a number before the classifier; {@code classifier_dropout}
 * @param seed the same seed drops the same numbers of the same batch; a new one for each step
 */
public record Dropout(float hidden, float attention, float classifier, long seed) {

    public Dropout {
        require("hidden", hidden);
        require("attention", attention);
        require("classifier", classifier);
    }

    private static void require(String which, float chance) {
        if (!(chance >= 0 && chance < 1)) {
            throw new IllegalArgumentException(
                    which + " dropout: found " + chance + ", expected at least 0 and below 1");
        }
    }
}
