/**
 * SentencePiece's own answers, from its own file: normalisation and segmentation as the C++ library does them, which is
 * not in every case what the Hugging Face library makes of the same model. Internal.
 */
package dev.kanmon.tokenizer.sentencepiece;
