package dev.kanmon.formats;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Published models in jars, where Maven has them on this machine; nothing is downloaded for a test. */
final class LocalRepository {
    private LocalRepository() {}

    /** The jar of an artifact; skips the test, and says so, if it is not there. */
    static Path jar(String group, String artifact, String version) {
        var jar = Path.of(System.getProperty("user.home"), ".m2", "repository", group.replace('.', '/'))
                .resolve(artifact)
                .resolve(version)
                .resolve(artifact + "-" + version + ".jar");
        assumeTrue(
                Files.exists(jar),
                "the local Maven repository lacks " + group + ":" + artifact + ":" + version
                        + ": this published model is not read (mvn dependency:get -Dtransitive=false fetches it)");
        return jar;
    }
}
