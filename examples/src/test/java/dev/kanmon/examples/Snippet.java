package dev.kanmon.examples;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Statements of a page, as the body of a method. What they use and do not declare is a field of {@link Surroundings}; what a
 * reader's editor would import is imported.
 */
final class Snippet {

    private static final String NAME = "readme.Compiled";

    private static final String IMPORTS = """
        import dev.kanmon.*;
        import dev.kanmon.examples.Surroundings;
        import java.nio.file.*;
        import java.time.*;
        import java.util.*;
        """;

    private Snippet() {}

    /**
     * Compiles and runs statements.
     *
     * @throws AssertionError if javac has anything to say of them
     * @throws Exception whatever they throw
     */
    static void run(String statements) throws Exception {
        String imports =
                statements.lines().filter(line -> line.startsWith("import ")).collect(Collectors.joining("\n"));
        String body =
                statements.lines().filter(line -> !line.startsWith("import ")).collect(Collectors.joining("\n"));
        String source = "package readme;\n" + IMPORTS + imports
                + "\nfinal class Compiled extends Surroundings {\n@Override public void run() throws Exception {\n"
                + body
                + "\n}\n}\n";
        ClassLoader loader = compile(source);
        var constructor = loader.loadClass(NAME).getDeclaredConstructor();
        constructor.setAccessible(true);
        try (Surroundings snippet = (Surroundings) constructor.newInstance()) {
            snippet.run();
        }
    }

    private static ClassLoader compile(String source) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Map<String, Bytes> classes = new HashMap<>();
        StringWriter said = new StringWriter();
        try (var files = new InMemory(compiler.getStandardFileManager(null, null, null), classes)) {
            boolean compiled = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of("-Xlint:all,-exports", "-Werror", "-proc:none"),
                            null,
                            List.of(new Source(source)))
                    .call();
            if (!compiled) {
                throw new AssertionError(said + "\nin\n" + source);
            }
        }
        return new ClassLoader(Snippet.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                Bytes bytes = classes.get(name);
                if (bytes == null) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : defineClass(name, bytes.content, 0, bytes.content.length);
            }
        };
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///" + NAME.replace('.', '/') + Kind.SOURCE.extension), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class Bytes extends SimpleJavaFileObject {
        private byte[] content;

        Bytes(String name) {
            super(URI.create("bytes:///" + name.replace('.', '/') + Kind.CLASS.extension), Kind.CLASS);
        }

        @Override
        public OutputStream openOutputStream() {
            return new ByteArrayOutputStream() {
                @Override
                public void close() {
                    content = toByteArray();
                }
            };
        }
    }

    private static final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, Bytes> classes;

        InMemory(JavaFileManager files, Map<String, Bytes> classes) {
            super(files);
            this.classes = classes;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            return classes.computeIfAbsent(className, Bytes::new);
        }
    }
}
