package dev.kanmon.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Small tokenizers that have, together, every component that tokenizer.json may name. */
final class TokenizerFuzzSeeds {
    private static final List<String> COMPONENTS = List.of("normalizer", "pre_tokenizer", "post_processor", "decoder");

    /** Values that readers of tokenizers in particular may trip over. */
    static final List<String> VALUES = List.of(
            "\"(a*)*b\"",
            "\"(?:a|aa)+$\"",
            "\"(((((((((((((((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}))))))))))))))))\"",
            "\"a{1000000000}\"",
            "\"(?i)[\\\\p{L}--[k-\u017f]]\"",
            "\"(?<=a{3,}|b)(?!c)\\\\s+(?!\\\\S)\"",
            "\"" + "(".repeat(2000) + "\"",
            "\"" + "[^".repeat(500) + "\"",
            "\"\\\\x{110000}\\\\u{D800}\"",
            "\"[z-a]\"",
            "\"\\\\p{Nonsense}\"",
            "\"<0xFF>\"",
            "\"\u2581\"",
            "\"\ud83d\ude00\"",
            "\"[UNK]\"",
            "\"AAAAAA==\"",
            "\"/////w==\"",
            "\"BAAAAP////9hAA==\"",
            "\"first\"",
            "\"MergedWithNext\"",
            "{\"Regex\": \"\"}",
            "{\"Regex\": \"|\"}",
            "{\"String\": \"\"}",
            "{\"Regex\": \"(?=a)\"}",
            "{\"type\": \"ByteFallback\"}",
            "{\"type\": \"Strip\", \"content\": \" \", \"start\": 2147483647, \"stop\": 2147483647}",
            "{\"type\": \"NFKC\"}",
            "{\"type\": \"Sequence\", \"normalizers\": [], \"pretokenizers\": [], \"processors\": [], \"decoders\":"
                    + " []}");

    private TokenizerFuzzSeeds() {}

    /** The files. */
    static List<String> tokenizers() {
        var models = List.of(wordPiece(), bpe(), merges(), byteBpe(), unigram());
        var files = new ArrayList<String>();
        for (int i = 0; i < models.size(); i++) {
            files.add(tokenizer(models.get(i), i));
        }
        return files;
    }

    private static String tokenizer(String model, int parts) {
        var all = List.of(NORMALIZERS, PRE_TOKENIZERS, POST_PROCESSORS, DECODERS);
        var components = IntStream.range(0, COMPONENTS.size())
                .mapToObj(i -> "\"%s\": %s"
                        .formatted(
                                COMPONENTS.get(i),
                                all.get(i).get(parts % all.get(i).size())))
                .collect(Collectors.joining(",\n"));
        return """
            {"version": "1.0",
            "truncation": {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 1},
            "padding": {"strategy": {"Fixed": 10}, "direction": "Left", "pad_to_multiple_of": 4, "pad_id": 0,
             "pad_type_id": 0, "pad_token": "[PAD]"},
            "added_tokens": [
             {"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
             {"id": 1, "content": "[UNK]", "single_word": true, "lstrip": true, "rstrip": true, "normalized": true, "special": true},
             {"id": 90, "content": "[MASK]", "single_word": false, "lstrip": true, "rstrip": false, "normalized": false, "special": true}],
            %s,
            "model": %s}
            """.formatted(components, model);
    }

    private static final List<String> NORMALIZERS = List.of("""
        {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}\
        """, """
        {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"},
         {"type": "Strip", "strip_left": true, "strip_right": true}, {"type": "Nmt"}]}\
        """, """
        {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
         {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, {"type": "NFKC"}]}\
        """, """
        {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "ByteLevel"}]}\
        """, """
        {"type": "Sequence", "normalizers": [{"type": "Precompiled", "precompiled_charsmap": "BAAAAAAAAABhAA=="},
         {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
         {"type": "Replace", "pattern": {"Regex": "(?<!x)[a-f&&[^b]]+\\\\b"}, "content": "y"}, {"type": "NFKD"}]}\
        """);

    private static final List<String> PRE_TOKENIZERS = List.of("{\"type\": \"BertPreTokenizer\"}", """
        {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Isolated"},
         {"type": "Digits", "individual_digits": true}, {"type": "FixedLength", "length": 5},
         {"type": "CharDelimiterSplit", "delimiter": "-"}]}\
        """, """
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}\
        """, """
        {"type": "Sequence", "pretokenizers": [
         {"type": "Split", "pattern": {"Regex": "(?i:'s|'t)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s+(?!\\\\S)|\\\\s+"},
          "behavior": "Isolated", "invert": false},
         {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}]}\
        """, """
        {"type": "Sequence", "pretokenizers": [{"type": "Whitespace"},
         {"type": "Split", "pattern": {"String": "e"}, "behavior": "MergedWithPrevious", "invert": true}]}\
        """);

    private static final List<String> POST_PROCESSORS = List.of("""
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "[PAD]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
         "pair": [{"SpecialToken": {"id": "[PAD]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
         "special_tokens": {"[PAD]": {"id": "[PAD]", "ids": [0, 1], "tokens": ["[PAD]", "[UNK]"]}}}\
        """, """
        {"type": "BertProcessing", "sep": ["[MASK]", 90], "cls": ["[PAD]", 0]}\
        """, """
        {"type": "RobertaProcessing", "sep": ["[MASK]", 90], "cls": ["[PAD]", 0], "trim_offsets": true, "add_prefix_space": true}\
        """, """
        {"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": false},
         {"type": "BertProcessing", "sep": ["[MASK]", 90], "cls": ["[PAD]", 0]}]}\
        """, "null");

    private static final List<String> DECODERS = List.of(
            "{\"type\": \"WordPiece\", \"prefix\": \"##\", \"cleanup\": true}",
            """
            {"type": "Sequence", "decoders": [{"type": "BPEDecoder", "suffix": "</w>"},
             {"type": "CTC", "pad_token": "[PAD]", "word_delimiter_token": "|", "cleanup": true}]}\
            """,
            """
            {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
             {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}\
            """,
            "{\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"trim_offsets\": true, \"use_regex\": true}",
            "{\"type\": \"Metaspace\", \"replacement\": \"▁\", \"prepend_scheme\": \"always\", \"split\": true}");

    /** An object of tokens and their ids, the specials first. */
    private static String vocabulary(String... tokens) {
        var all = new ArrayList<>(List.of("[PAD]", "[UNK]"));
        all.addAll(List.of(tokens));
        return IntStream.range(0, all.size())
                .mapToObj(id -> "\"%s\": %d".formatted(all.get(id), id))
                .collect(Collectors.joining(", ", "{", "}"));
    }

    private static String wordPiece() {
        return """
            {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
             "vocab": %s}\
            """.formatted(vocabulary("h", "he", "##l", "##lo", "##o", "w", "##or", "##ld", "!", "1", "##2"));
    }

    private static String bpe() {
        return """
            {"type": "BPE", "dropout": null, "unk_token": "[UNK]", "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>",
             "fuse_unk": true, "byte_fallback": false, "ignore_merges": false, "vocab": %s,
             "merges": ["h ##e", "##l ##l", "he ##ll"]}\
            """.formatted(vocabulary("h", "##e", "he", "##l", "##ll", "hell", "##o</w>", "o", "w", "##o"));
    }

    private static String merges() {
        var bytes = IntStream.range(0, 256)
                .filter(b -> b < 16 || b > 0xC0 && b < 0xF0)
                .mapToObj("<0x%02X>"::formatted);
        var tokens = Stream.concat(bytes, Stream.of("▁", "h", "e", "l", "he", "▁he", "ll", "llo", "o"))
                .toArray(String[]::new);
        return """
            {"type": "BPE", "dropout": null, "unk_token": "[UNK]", "continuing_subword_prefix": null, "end_of_word_suffix": null,
             "fuse_unk": true, "byte_fallback": true, "ignore_merges": true, "vocab": %s,
             "merges": [["h", "e"], ["▁", "he"], ["l", "l"], ["ll", "o"]]}\
            """.formatted(vocabulary(tokens));
    }

    private static String byteBpe() {
        return """
            {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "", "end_of_word_suffix": "",
             "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": %s,
             "merges": ["h e", "l l", "Ġ he", "ll o", "Ã ©"]}\
            """.formatted(vocabulary(
                "Ġ", "h", "e", "l", "o", "w", "r", "d", "!", "he", "ll", "Ġhe", "llo", "Ã", "©", "Ã©", "Ċ"));
    }

    private static String unigram() {
        return """
            {"type": "Unigram", "unk_id": 1, "byte_fallback": true, "vocab": [["[PAD]", 0.0], ["[UNK]", 0.0], ["▁", -2.5],
             ["▁he", -3.25], ["h", -4.5], ["e", -4], ["l", -4.125], ["lo", -5], ["o", -5.5], ["y", -6], ["<0xE4>", -9],
             ["<0xB8>", -9], ["<0xAD>", -9], ["world", -7.5e0]]}\
            """;
    }
}
