/** Text to token ids as the Hugging Face {@code tokenizers} library does it. */
module dev.kanmon.tokenizer {
    requires transitive dev.kanmon.formats;

    exports dev.kanmon.tokenizer;
}
