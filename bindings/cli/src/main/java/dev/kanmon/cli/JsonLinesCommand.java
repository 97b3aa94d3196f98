package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import picocli.CommandLine.Command;

/** A command that answers each line of JSON with a line of JSON. */
@Command
abstract class JsonLinesCommand extends KanmonCommand {

    /** Answers one value. */
    @FunctionalInterface
    interface Answer {
        /**
         * @throws BadInput | ModelFormatException | IllegalArgumentException if the value is not what it should be
         */
        String to(JsonValue value) throws BadInput, ModelFormatException;
    }

    /** Answers every line; a bad one gets {@code {"line", "error"}} in its place. */
    int answerLines(Answer answer) throws IOException {
        InputLines lines = new InputLines(streams.in());
        int status = ExitStatus.OK;
        for (InputLines.Line line; (line = lines.next()) != null; ) {
            try {
                streams.line(answer.to(JsonRows.parse(line)));
            } catch (BadInput | ModelFormatException | IllegalArgumentException e) {
                streams.line(JsonWriter.compact()
                        .beginObject()
                        .name("line")
                        .value(line.number())
                        .name("error")
                        .value(JsonRows.message(line, e))
                        .endObject()
                        .toString());
                status = ExitStatus.BAD_INPUT;
            }
            if (!lines.ready()) {
                streams.out().flush();
            }
        }
        return status;
    }
}
