/**
 * Text to token ids, equal to the Hugging Face {@code tokenizers} library in ids and offsets.
 *
 * <p>A {@link dev.kanmon.tokenizer.Tokenizer} is read from a model's tokenizer.json, older vocabulary files, SentencePiece
 * model or GGUF file and works in four stages: the text is normalised, cut into pieces, turned into tokens by the model,
 * and completed with the special tokens that the network was trained with. Added tokens are cut out of the text before that. An
 * {@link dev.kanmon.tokenizer.Encoding} holds the result; its offsets lead from each token back to the original text.
 *
 * {@snippet class="dev.kanmon.tokenizer.TokenizerSnippets" region="encode"}
 *
 * <p>Everything here is immutable and may be shared between threads. Arguments and results are never null unless said
 * otherwise. Lengths are counted in tokens, offsets in Unicode code points. Texts may be of any length; work grows
 * linearly with it.
 */
package dev.kanmon.tokenizer;
