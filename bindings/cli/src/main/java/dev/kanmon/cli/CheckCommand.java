package dev.kanmon.cli;

import dev.kanmon.Cascade;
import dev.kanmon.Checker;
import dev.kanmon.Exchange;
import dev.kanmon.Explanation;
import dev.kanmon.ExplanationJson;
import dev.kanmon.Outcome;
import dev.kanmon.Verdict;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kanmon check}: a verdict for each text. */
@Command(
        name = "check",
        description = {
            "Says whether texts are harmful: the TEXT arguments joined by blanks, or one text a line on standard"
                    + " input;",
            "with --json, lines of {\"id\"?, \"instruction\", \"response\"?} instead."
        })
final class CheckCommand extends KanmonCommand {

    /** Texts judged together when they wait on standard input. */
    private static final int BATCH = 32;

    @Mixin
    private PolicyArguments guardArguments;

    @Mixin
    private CascadeArguments cascadeArguments;

    @Option(names = "--response", paramLabel = "R", description = "The reply to the instruction.")
    private String response = "";

    @Option(names = "--json", description = "Read and write JSONL.")
    private boolean json;

    @Option(
            names = "--explain",
            description = "Say which words carry each verdict: in colours on a terminal, in JSON as \"explanation\". It"
                    + " costs some dozens of verdicts.")
    private boolean explain;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write a page that shows the verdicts and which words carry them.")
    private Path html;

    @Parameters(paramLabel = "TEXT", arity = "0..*", description = "The instruction.")
    private List<String> words;

    private boolean anyBad;
    private boolean anyHarmful;
    /** The guard, if it is two. */
    private Cascade cascade;
    /** Where {@link #html} says, or null. */
    private ExplanationPage page;

    /** A line of input: what to judge, or what is wrong with it. */
    private record Asked(InputLines.Line line, JsonValue id, Exchange exchange, String error) {}

    @Override
    public Integer call() throws IOException, BadInput {
        if (html == null) {
            return check();
        }
        try (ExplanationPage opened = ExplanationPage.create(html)) {
            page = opened;
            return check();
        }
    }

    private int check() throws IOException, BadInput {
        if (words != null) {
            Exchange exchange = JsonRows.exchange(String.join(" ", words), response);
            int characters =
                    exchange.instruction().length() + exchange.response().length();
            boolean quickest = !explain && html == null; // an explanation is no short work
            try (Checker guard =
                    isCascade() ? cascade : quickest ? guardArguments.openForOne(characters) : guardArguments.open()) {
                print(null, exchange, guard.check(exchange));
            }
        } else {
            if (streams.terminal().err()
                    && System.console() != null
                    && System.console().isTerminal()) {
                streams.note("Type one text a line; Ctrl-D ends.");
            }
            try (Checker guard = isCascade() ? cascade : guardArguments.open()) {
                checkLines(guard);
            }
        }
        return anyBad ? ExitStatus.BAD_INPUT : anyHarmful ? ExitStatus.HARMFUL : ExitStatus.OK;
    }

    /** Whether two guards judge; if so they are open. */
    private boolean isCascade() throws IOException, BadInput {
        if (cascadeArguments.isNamed()) {
            cascade = cascadeArguments.open(guardArguments);
        }
        return cascade != null;
    }

    private void checkLines(Checker guard) throws IOException {
        InputLines lines = new InputLines(streams.in());
        List<Asked> batch = new ArrayList<>();
        for (InputLines.Line line; (line = lines.next()) != null; ) {
            batch.add(read(line));
            // A program that waits for its answer gets it; a file is read in batches.
            if (batch.size() == BATCH || !lines.ready()) {
                answer(guard, batch);
                batch.clear();
            }
        }
        answer(guard, batch);
        if (cascade != null) {
            Cascade.Counts counts = cascade.counts();
            streams.note("of " + (counts.bySmall() + counts.byLarge()) + " texts the small guard answered "
                    + counts.bySmall());
        }
    }

    private Asked read(InputLines.Line line) {
        JsonValue id = null;
        try {
            if (!json) {
                return new Asked(line, null, JsonRows.exchange(line.text(), response), null);
            }
            JsonObject row = JsonRows.parse(line).asObject();
            id = row.get("id");
            Exchange exchange = JsonRows.exchange(
                    row.string("instruction"), row.optionalString("response").orElse(response));
            return new Asked(line, id, exchange, null);
        } catch (BadInput | ModelFormatException e) {
            return new Asked(line, id, null, JsonRows.message(line, e));
        }
    }

    private void answer(Checker guard, List<Asked> batch) throws IOException {
        List<Exchange> good =
                batch.stream().filter(a -> a.error == null).map(Asked::exchange).toList();
        Iterator<Verdict> verdicts;
        try {
            verdicts = guard.checkAll(good).iterator();
        } catch (IllegalArgumentException e) {
            // A text that the model cannot take (a token beyond its embeddings) must not take the others along.
            for (Asked asked : batch) {
                answerAlone(guard, asked);
            }
            streams.out().flush();
            return;
        }
        for (Asked asked : batch) {
            if (asked.error == null) {
                print(asked.id, asked.exchange, verdicts.next());
            } else {
                printError(asked);
            }
        }
        streams.out().flush();
    }

    private void answerAlone(Checker guard, Asked asked) throws IOException {
        Asked bad = asked;
        if (asked.error == null) {
            try {
                Verdict verdict = guard.check(asked.exchange);
                print(asked.id, asked.exchange, verdict);
                return;
            } catch (IllegalArgumentException e) {
                bad = new Asked(asked.line, asked.id, null, JsonRows.message(asked.line, e));
            }
        }
        printError(bad);
    }

    private void printError(Asked asked) {
        anyBad = true;
        if (!json) {
            streams.complain(asked.error);
            return;
        }
        JsonWriter row = JsonWriter.compact().beginObject();
        if (asked.id != null) {
            row.name("id").value(asked.id);
        }
        streams.line(row.name("line")
                .value(asked.line.number())
                .name("error")
                .value(asked.error)
                .endObject()
                .toString());
    }

    private void print(JsonValue id, Exchange exchange, Verdict verdict) throws IOException {
        anyHarmful |= verdict.harmful();
        Explanation why = explain || page != null ? verdict.explain() : null;
        if (page != null) {
            page.add(exchange, verdict, why);
        }
        if (json) {
            streams.line(row(id, verdict, explain ? why : null));
            return;
        }
        streams.line(VerdictLine.of(streams.terminal(), exchange, verdict));
        if (explain) {
            ExplanationLines.of(streams.terminal(), exchange, why).forEach(streams::line);
        }
    }

    /** @param why null where nobody asked */
    private String row(JsonValue id, Verdict verdict, Explanation why) {
        JsonWriter row = JsonWriter.compact().beginObject();
        if (id == null) {
            row.name("id").nullValue();
        } else {
            row.name("id").value(id);
        }
        row.name("harmful").value(verdict.harmful());
        row.name("probability").value(verdict.probability());
        row.name("threshold").value(verdict.threshold());
        row.name("logits").beginArray();
        for (double logit : verdict.logits()) {
            row.value((float) logit);
        }
        row.endArray();
        row.name("tokens").value(verdict.tokens());
        row.name("windows").value(verdict.windows().size());
        row.name("truncated").value(verdict.truncated());
        if (verdict.outcome() == Outcome.INCOMPLETE) {
            row.name("incomplete").value(true);
        }
        if (cascade != null) {
            row.name("by").value(cascade.answeredBy(verdict) == cascade.small() ? "small" : "large");
        }
        if (why != null) {
            ExplanationJson.write(row.name("explanation"), why);
        }
        return row.endObject().toString();
    }
}
