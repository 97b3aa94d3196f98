package dev.kanmon;

import dev.kanmon.formats.json.JsonWriter;
import java.util.List;

/** An {@link Explanation} as the command line and the server write it. */
public final class ExplanationJson {

    private ExplanationJson() {}

    /**
     * Writes {@code {"method","log_odds","baseline","spans":[{"text","start","end","weight"}…],"tokens":[…]}}: a value, for
     * which {@code json} is ready. Offsets count code points, {@code text} is {@code "instruction"} or {@code "response"}.
     */
    public static void write(JsonWriter json, Explanation explanation) {
        json.beginObject();
        json.name("method").value(explanation.method().spelling());
        json.name("log_odds").value(explanation.logOdds());
        json.name("baseline").value(explanation.baseline());
        parts(json.name("spans"), explanation.spans());
        parts(json.name("tokens"), explanation.tokens());
        json.endObject();
    }

    private static void parts(JsonWriter json, List<Explanation.Part> parts) {
        json.beginArray();
        for (Explanation.Part part : parts) {
            json.beginObject();
            json.name("text").value(part.text().spelling());
            json.name("start").value(part.span().start());
            json.name("end").value(part.span().end());
            json.name("weight").value((float) part.weight());
            json.endObject();
        }
        json.endArray();
    }
}
