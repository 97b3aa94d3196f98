package dev.kanmon.cli;

import dev.kanmon.augment.GenerationException;
import dev.kanmon.cli.Main.Streams;
import dev.kanmon.formats.ModelFormatException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * What went wrong, as one sentence and an exit status.
 *
 * @param message the sentence
 * @param status 2 when the input is to blame, else 3
 */
record Complaint(String message, int status) {

    /** Environment variable that asks for the stack trace of what is not the input's fault. */
    private static final String TRACE = "KANMON_TRACE";

    static Complaint of(Throwable failure) {
        return switch (failure) {
            case BadInput e -> new Complaint(e.getMessage(), ExitStatus.BAD_INPUT);
            case ModelFormatException e -> new Complaint(e.getMessage(), ExitStatus.BAD_INPUT);
            case IllegalArgumentException e
            when e.getMessage() != null -> new Complaint(e.getMessage(), ExitStatus.BAD_INPUT);
            case NoSuchFileException e ->
                new Complaint(e.getFile() + ": there is no such file or directory", ExitStatus.BAD_INPUT);
            case AccessDeniedException e ->
                new Complaint(e.getFile() + ": may not be read or written", ExitStatus.BAD_INPUT);
            case FileAlreadyExistsException e -> new Complaint(e.getFile() + ": exists already", ExitStatus.BAD_INPUT);
            case FileSystemException e -> new Complaint(e.getMessage(), ExitStatus.BAD_INPUT);
            case GenerationException e -> new Complaint(e.getMessage(), ExitStatus.FAILED);
            case IOException e -> new Complaint(described(e), ExitStatus.FAILED);
            default -> {
                if (System.getenv(TRACE) != null) {
                    failure.printStackTrace();
                }
                yield new Complaint(described(failure) + " (" + TRACE + "=1 shows where)", ExitStatus.FAILED);
            }
        };
    }

    private static String described(Throwable failure) {
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }

    int tell(Streams streams) {
        streams.complain(message);
        return status;
    }

    /** Bad usage or input that has no exception of its own. */
    static final class BadInput extends Exception {
        private static final long serialVersionUID = 1;

        BadInput(String message) {
            super(message);
        }
    }
}
