package dev.kanmon.tokenizer.file;

import dev.kanmon.tokenizer.pretokenizer.ByteLevel;
import java.util.List;

/**
 * How llama.cpp cuts text for each name that {@code tokenizer.ggml.pre} may have: at the matches of one expression after
 * the other. Where llama.cpp spells out both cases of letters, or turns around what its own matcher lacks, the
 * expressions are those of the tokenizer.json that it stands for, since their answer is the one to give.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/00ad355e009e83abf98f96a6ded7193b95763681/src/llama-vocab.cpp">llm_tokenizer_bpe</a>
 */
final class GgufPatterns {
    private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String TAIL = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String SYMBOLS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|";
    private static final String LETTERS = "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
    private static final String LLAMA3 = CONTRACTION + LETTERS + "\\p{N}{1,3}" + SYMBOLS + TAIL;
    private static final String CAPITALS = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String SMALLS = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String BLOOM = " ?[^(\\s|.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c)]+";
    private static final String IDEOGRAPHS = "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+";
    private static final String DEEPSEEK3 = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" + TAIL;

    private GgufPatterns() {}

    /** The expressions of a name, or null if it is not known. */
    static List<String> of(String pre) {
        return switch (pre) {
            case "default" -> List.of("[\\p{P}\\$\\+<=>\\^~\\|]+", ByteLevel.PATTERN, "\\p{N}+", "[0-9][0-9][0-9]");
            case "gpt-2",
                    "phi-2",
                    "jina-es",
                    "jina-de",
                    "gigachat",
                    "jina-v2-es",
                    "jina-v2-de",
                    "a.x-4.0",
                    "mellum",
                    "modern-bert",
                    "jina-v1-en",
                    "jina-v2-code",
                    "roberta-bpe",
                    "mpt",
                    "olmo",
                    "jais",
                    "trillion",
                    "granite-docling",
                    "exaone4" -> List.of(ByteLevel.PATTERN);
            case "llama3",
                    "llama-v3",
                    "llama-bpe",
                    "falcon3",
                    "falcon-h1",
                    "pixtral",
                    "midm-2.0",
                    "lfm2",
                    "jina-v5-nano",
                    "dbrx",
                    "smaug-bpe",
                    "glm4",
                    "chatglm-bpe" -> List.of(LLAMA3);
            case "qwen2",
                    "deepseek-r1-qwen",
                    "kormo",
                    "f2llmv2",
                    "megrez",
                    "stablelm2",
                    "hunyuan",
                    "solar-open",
                    "grok-2" -> List.of(BpeDefaults.QWEN2);
            case "qwen35" ->
                List.of(CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
                        + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" + TAIL);
            case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2" ->
                List.of("\\p{N}", ByteLevel.PATTERN);
            case "falcon" -> List.of("[\\p{P}\\$\\+<=>\\^~\\|`]+", ByteLevel.PATTERN, "[0-9][0-9][0-9]");
            case "deepseek-coder" ->
                List.of(
                        "[\\r\\n]",
                        "\\s?\\p{L}+",
                        "\\s?\\p{P}+",
                        "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+",
                        "\\p{N}");
            case "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4" -> List.of("\\p{N}{1,3}", IDEOGRAPHS, DEEPSEEK3);
            case "bloom", "poro-chat", "gpt3-finnish" -> List.of(BLOOM);
            case "viking" -> List.of(BLOOM, "\\p{N}");
            case "tekken" -> List.of(cased("", "\\p{N}"));
            case "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2" ->
                List.of(cased(CONTRACTION + "?", "\\p{N}{1,3}"));
            case "tiny_aya", "cohere2moe" ->
                List.of("\\d{1,3}(?=(?:\\d{3})*\\b)", cased(CONTRACTION + "?", "\\p{N}{1,3}"));
            case "superbpe" -> List.of("\\p{N}+", "(?=(\\d{3})+(?!\\d))");
            case "bailingmoe", "bailingmoe2", "llada-moe" ->
                List.of("'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                        + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+");
            case "seed-coder" -> List.of(CONTRACTION + LETTERS + "\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|" + TAIL);
            case "minicpm5" -> List.of("\\p{N}{1,3}", CONTRACTION + LETTERS + "\\p{N}+" + SYMBOLS + TAIL);
            default -> null;
        };
    }

    /** Whether pieces that are tokens are taken whole, whatever their merges. */
    static boolean ignoresMerges(String pre) {
        return switch (pre) {
            case "llama3",
                    "llama-v3",
                    "llama-bpe",
                    "falcon3",
                    "falcon-h1",
                    "pixtral",
                    "midm-2.0",
                    "lfm2",
                    "jina-v5-nano",
                    "tekken",
                    "minicpm5" -> true;
            default -> false;
        };
    }

    /** Whether a token is put before every text unless the file says otherwise. */
    static boolean addsBos(String pre) {
        return ignoresMerges(pre) && !pre.equals("minicpm5");
    }

    /** The normalizer that the tokenizer.json has which a name stands for, or null; llama.cpp itself has none. */
    static String normalizer(String pre) {
        return switch (pre) {
            case "qwen2", "qwen35", "modern-bert" -> "NFC";
            default -> null;
        };
    }

    /** A name for some expressions. */
    static String nameOf(List<String> patterns) {
        for (var name :
                List.of("gpt-2", "llama-bpe", "qwen2", "starcoder", "falcon", "deepseek-v3", "gpt-4o", "tekken")) {
            if (patterns.equals(of(name))) {
                return name;
            }
        }
        return "default";
    }

    /** Words that start with capitals, words that go on small, and what follows them. */
    private static String cased(String behind, String digits) {
        var before = "[^\\r\\n\\p{L}\\p{N}]?";
        return before + CAPITALS + "*" + SMALLS + "+" + behind + "|" + before + CAPITALS + "+" + SMALLS + "*" + behind
                + "|" + digits + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + TAIL;
    }
}
