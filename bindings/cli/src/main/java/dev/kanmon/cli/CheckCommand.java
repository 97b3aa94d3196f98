package dev.kanmon.cli;

import dev.kanmon.Cascade;
import dev.kanmon.Checker;
import dev.kanmon.Exchange;
import dev.kanmon.Verdict;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
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

    @Parameters(paramLabel = "TEXT", arity = "0..*", description = "The instruction.")
    private List<String> words;

    private boolean anyBad;
    private boolean anyHarmful;
    /** The guard, if it is two. */
    private Cascade cascade;

    /** A line of input: what to judge, or what is wrong with it. */
    private record Asked(InputLines.Line line, JsonValue id, Exchange exchange, String error) {}

    @Override
    public Integer call() throws IOException, BadInput {
        if (words != null) {
            Exchange exchange = JsonRows.exchange(String.join(" ", words), response);
            int characters =
                    exchange.instruction().length() + exchange.response().length();
            try (Checker guard = isCascade() ? cascade : guardArguments.openForOne(characters)) {
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

    private void answer(Checker guard, List<Asked> batch) {
        List<Exchange> good =
                batch.stream().filter(a -> a.error == null).map(Asked::exchange).toList();
        try {
            Iterator<Verdict> verdicts = guard.checkAll(good).iterator();
            for (Asked asked : batch) {
                if (asked.error == null) {
                    print(asked.id, asked.exchange, verdicts.next());
                } else {
                    printError(asked);
                }
            }
        } catch (IllegalArgumentException e) {
            // A text that the model cannot take (a token beyond its embeddings) must not take the others along.
            batch.forEach(asked -> answerAlone(guard, asked));
        }
        streams.out().flush();
    }

    private void answerAlone(Checker guard, Asked asked) {
        Asked bad = asked;
        if (asked.error == null) {
            try {
                print(asked.id, asked.exchange, guard.check(asked.exchange));
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

    private void print(JsonValue id, Exchange exchange, Verdict verdict) {
        anyHarmful |= verdict.harmful();
        streams.line(json ? row(id, verdict) : VerdictLine.of(streams.terminal(), exchange, verdict));
    }

    private String row(JsonValue id, Verdict verdict) {
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
        if (cascade != null) {
            row.name("by").value(cascade.answeredBy(verdict) == cascade.small() ? "small" : "large");
        }
        return row.endObject().toString();
    }
}
