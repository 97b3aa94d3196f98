package dev.kanmon.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Everything between fences in README.md does what the page says that it does. */
class ReadmeTest {

    private static final Path ROOT = Path.of(System.getProperty("kanmon.root"));

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> everySnippetRuns() throws IOException {
        List<FencedBlock> blocks = FencedBlock.of(Files.readAllLines(ROOT.resolve("README.md")));
        assertTrue(
                blocks.stream().anyMatch(block -> block.language().equals("java")), "no Java was found in README.md");
        return blocks.stream().map(block -> DynamicTest.dynamicTest(block.toString(), () -> run(block)));
    }

    private void run(FencedBlock block) throws Exception {
        switch (block.language()) {
            case "java" -> Snippet.run(block.text());
            case "", "sh" -> new Commands(ROOT, folder).run(block.text());
            default -> fail("nothing here runs ```" + block.language() + ", found at " + block);
        }
    }
}
