package dev.kanmon.bench.load;

import java.io.IOException;
import java.nio.file.Path;

public final class LoadBench {
    private LoadBench() {}

    public static void main(String[] args) throws IOException {
        RandomModel.write(args[0], Path.of(args[1]));
    }
}
