package dev.kanmon.langchain4j;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What Kanmon logs while this is open. */
final class Log extends Handler implements AutoCloseable {

    private static final Logger KANMON = Logger.getLogger("dev.kanmon");

    final List<String> lines = new CopyOnWriteArrayList<>();

    Log() {
        KANMON.addHandler(this);
    }

    @Override
    public void publish(LogRecord line) {
        lines.add(line.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        KANMON.removeHandler(this);
    }
}
