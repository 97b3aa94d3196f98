package dev.kanmon.augment;

import dev.kanmon.Exchange;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a guard that is a language model is asked, and what its first answer token means: data, a JSON file for each family.
 *
 * <pre>{@code
 * {"name", "models", "source", "licence", "note"?,
 *  "specials": ["<|eot_id|>", …],      texts that are special tokens; one in a text to judge is broken up
 *  "trim": false,                      whether blanks around a text are taken away
 *  "answers": [{"tokens": ["safe"], "harmful": 0}, {"tokens": ["unsafe"], "harmful": 1}],
 *  "instruction": {"prompt": "…{instruction}…", "policies"?: […], "before"?: […]},
 *  "pair": {"prompt": "…{instruction}…{response}…", "policies"?: […], "before"?: […]}}
 * }</pre>
 *
 * <p>The tokens of an answer are spellings of its first token, of which the likeliest counts that the model has; {@code harmful}
 * says how much of its probability is probability of harm. A prompt with {@code {policy}} is asked once for each policy,
 * and the highest probability counts. {@code before}: lines of the answer that follow, the likeliest token standing after
 * the prompt and after each but the last of them, whose own token counts.
 */
public final class GuardTemplate {

    /** The templates that come with Kanmon. */
    public static final List<String> NAMES =
            List.of("llama-guard-3", "shieldgemma", "granite-guardian", "qwen3guard", "wildguard");

    private static final int MAX_BYTES = 1 << 20;

    /**
     * An answer.
     *
     * @param tokens spellings of its first token
     * @param harmful share of its probability that is probability of harm, 0 to 1
     */
    public record Answer(List<String> tokens, double harmful) {}

    /**
     * A question about one exchange.
     *
     * @param prompt as the model reads it, up to the token that is asked for
     * @param before what stands after the likeliest answer to it, one after the other; the last one's token counts
     */
    public record Question(String prompt, List<String> before) {}

    private record Form(String prompt, List<String> policies, List<String> before) {}

    private final String name;
    private final List<String> specials;
    private final boolean trim;
    private final List<Answer> answers;
    private final Form instruction;
    private final Form pair;

    private GuardTemplate(JsonObject json) throws ModelFormatException {
        name = json.string("name");
        specials = json.array("specials").strings();
        trim = json.bool("trim");
        answers = answers(json.array("answers"));
        instruction = form(json.object("instruction"), List.of("{instruction}"));
        pair = form(json.object("pair"), List.of("{instruction}", "{response}"));
        for (String special : specials) {
            if (special.length() < 2) {
                throw json.get("specials").error("has " + special.length() + " characters in one, expected 2 at least");
            }
        }
    }

    private static List<Answer> answers(JsonArray array) throws ModelFormatException {
        List<Answer> answers = new ArrayList<>();
        for (JsonValue value : array) {
            JsonObject object = value.asObject();
            List<String> tokens = object.array("tokens").strings();
            double harmful = object.number("harmful");
            if (tokens.isEmpty() || !(harmful >= 0 && harmful <= 1)) {
                throw value.error("has " + tokens.size() + " tokens and harmful " + harmful
                        + ", expected one at least and 0 to 1");
            }
            answers.add(new Answer(tokens, harmful));
        }
        if (answers.size() < 2) {
            throw array.error("has " + answers.size() + " answers, expected 2 at least");
        }
        return List.copyOf(answers);
    }

    private static Form form(JsonObject object, List<String> places) throws ModelFormatException {
        String prompt = object.string("prompt");
        for (String place : places) {
            if (!prompt.contains(place)) {
                throw object.get("prompt").error("has no " + place);
            }
        }
        List<String> policies = strings(object, "policies");
        if (prompt.contains("{policy}") == policies.isEmpty()) {
            throw object.error("has " + policies.size() + " policies, and its prompt "
                    + (policies.isEmpty() ? "a place" : "no place") + " for one");
        }
        return new Form(prompt, policies, strings(object, "before"));
    }

    private static List<String> strings(JsonObject object, String name) throws ModelFormatException {
        Optional<JsonArray> array = object.optionalArray(name);
        return array.isPresent() ? array.get().strings() : List.of();
    }

    /**
     * One of {@link #NAMES}, or a file of the user's own.
     *
     * @throws ModelFormatException if the file is no template
     * @throws IllegalArgumentException if there is no such template
     * @throws IOException if the file cannot be read
     */
    public static GuardTemplate of(String nameOrFile) throws IOException {
        if (NAMES.contains(nameOrFile)) {
            try (InputStream in = GuardTemplate.class.getResourceAsStream("templates/" + nameOrFile + ".json")) {
                return new GuardTemplate(
                        Json.parse(nameOrFile + ".json", in.readAllBytes()).asObject());
            }
        }
        Path file = Path.of(nameOrFile);
        if (!nameOrFile.endsWith(".json") || !Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
            throw new IllegalArgumentException("template: found " + nameOrFile + ", expected "
                    + String.join(", ", NAMES) + ", or a file that ends in .json");
        }
        return new GuardTemplate(Json.read(file).asObject());
    }

    /** What it is called. */
    public String name() {
        return name;
    }

    /** The answers that the model may give. */
    public List<Answer> answers() {
        return answers;
    }

    /** The questions about an exchange, one for each policy; the highest probability of harm counts. */
    public List<Question> questions(Exchange exchange) {
        Form form = exchange.response().isEmpty() ? instruction : pair;
        String user = text(exchange.instruction());
        String assistant = text(exchange.response());
        List<Question> questions = new ArrayList<>();
        for (String policy : form.policies.isEmpty() ? List.of("") : form.policies) {
            questions.add(new Question(filled(form.prompt, user, assistant, policy), form.before));
        }
        return questions;
    }

    /** A text that ends no turn: nobody gets out of the conversation by writing a special token. */
    private String text(String text) {
        // U+0000 would end the prompt where a generator hands it to C.
        String safe = (trim ? text.strip() : text).replace('\u0000', ' ');
        for (String special : specials) {
            safe = safe.replace(special, special.charAt(0) + " " + special.substring(1));
        }
        return safe;
    }

    /** Fills the places in one pass, so that a text may hold what looks like one. */
    private static String filled(String prompt, String user, String assistant, String policy) {
        StringBuilder out = new StringBuilder(prompt.length() + user.length() + assistant.length() + policy.length());
        int from = 0;
        for (int open = prompt.indexOf('{'); open >= 0; open = prompt.indexOf('{', from)) {
            out.append(prompt, from, open);
            from = open;
            if (prompt.startsWith("{instruction}", open)) {
                out.append(user);
                from += "{instruction}".length();
            } else if (prompt.startsWith("{response}", open)) {
                out.append(assistant);
                from += "{response}".length();
            } else if (prompt.startsWith("{policy}", open)) {
                out.append(policy);
                from += "{policy}".length();
            } else {
                out.append('{');
                from++;
            }
        }
        return out.append(prompt, from, prompt.length()).toString();
    }
}
