package dev.kanmon;

import dev.kanmon.engine.ModelFiles;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;

/** Finds the default guard on the class path. */
final class BundledModel {

    /** Name of the guard, of its artifact {@code kanmon-guard-small-en}, and of its files. */
    static final String NAME = "guard-small-en";

    /** Where the artifact keeps it: not a package name, so that no module can hide it. */
    static final String RESOURCE = "META-INF/kanmon/models/" + NAME + ".gguf";

    /** Its sidecar, a file of its own so that it can change without the weights. */
    private static final String SIDECAR = "META-INF/kanmon/models/" + NAME + "." + ModelFiles.SIDECAR;

    private BundledModel() {}

    /**
     * Opens the guard: mapped where it is a file of its own, else read out of its jar into memory.
     *
     * @throws IllegalStateException if the artifact is not on the class path
     */
    static ModelFiles open() throws IOException {
        URL url = find();
        if (url.getProtocol().equals("file")) {
            return ModelFiles.open(Path.of(URI.create(url.toString())));
        }
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false);
        try (InputStream in = connection.getInputStream();
                ReadableByteChannel channel = Channels.newChannel(in)) {
            // Automatic: freed when the last view of it is gone, so the model needs no second thing to close.
            MemorySegment bytes = Arena.ofAuto().allocate(connection.getContentLengthLong(), 64);
            var buffer = bytes.asByteBuffer();
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                continue;
            }
            if (buffer.hasRemaining()) {
                throw new IOException(
                        url + ": ended after " + buffer.position() + " of " + buffer.capacity() + " bytes");
            }
            URL sidecar = search(SIDECAR);
            return sidecar == null
                    ? ModelFiles.of(NAME, bytes.asReadOnly())
                    : ModelFiles.of(NAME, bytes.asReadOnly(), json(sidecar));
        }
    }

    private static JsonObject json(URL url) throws IOException {
        try (InputStream in = url.openStream()) {
            return Json.parse(url.toString(), in.readAllBytes()).asObject();
        }
    }

    private static URL find() {
        URL url = search(RESOURCE);
        if (url == null) {
            throw new IllegalStateException(
                    "the default guard was not found: add the artifact dev.kanmon:kanmon-" + NAME
                            + " to the class path (on the module path: requires dev.kanmon.guard.small.en), or load a"
                            + " model with Guard.load");
        }
        return url;
    }

    /** The resource, or null. */
    private static URL search(String resource) {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        URL url = context == null ? null : context.getResource(resource);
        if (url == null) {
            ClassLoader own = BundledModel.class.getClassLoader();
            url = own == null ? ClassLoader.getSystemResource(resource) : own.getResource(resource);
        }
        return url;
    }
}
