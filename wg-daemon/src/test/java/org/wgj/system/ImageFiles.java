// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.wgj.lab.Command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The image of {@code bin/image}, unpacked as an engine would: index, manifest, configuration and
 * layers are followed by their digests.
 */
record ImageFiles(Path archive, Path folder, Path root, JsonObject config)
        implements AutoCloseable {
    private static final Duration BUILD = Duration.ofMinutes(5);

    /** Builds it, unless it is newer than what it is made of. */
    static ImageFiles unpack() throws IOException {
        Path archive = BuiltFile.newest("bin/image", "target/wgj-image.tar", BUILD);
        Path folder = Files.createTempDirectory("wgjt-image-");
        Path root = Files.createDirectory(folder.resolve("root"));
        Path layout = Files.createDirectory(folder.resolve("layout"));
        sh(Command.DEADLINE, "tar -xf '%s' -C '%s'".formatted(archive, layout));
        JsonObject index = json(layout.resolve("index.json"));
        JsonObject manifest = json(blob(layout, first(index, "manifests")));
        for (var layer : manifest.getAsJsonArray("layers")) {
            Path packed = blob(layout, layer.getAsJsonObject());
            sh(Command.DEADLINE, "tar -xzpf '%s' -C '%s'".formatted(packed, root));
        }
        JsonObject config = json(blob(layout, manifest.getAsJsonObject("config")));
        return new ImageFiles(archive, folder, root, config.getAsJsonObject("config"));
    }

    private static JsonObject first(JsonObject object, String array) {
        return object.getAsJsonArray(array).get(0).getAsJsonObject();
    }

    /** The file of a descriptor, whose digest and size must be what the descriptor says. */
    private static Path blob(Path layout, JsonObject descriptor) throws IOException {
        String digest = descriptor.get("digest").getAsString().replace("sha256:", "");
        Path file = layout.resolve("blobs/sha256").resolve(digest);
        sh(Command.DEADLINE, "echo '%s  %s' | sha256sum --check --quiet".formatted(digest, file));
        if (Files.size(file) != descriptor.get("size").getAsLong()) {
            throw new AssertionError(file + " has another size than its descriptor says");
        }
        return file;
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    /** The words of an entry of the configuration, such as Entrypoint. */
    List<String> words(String entry) {
        List<String> words = new ArrayList<>();
        config.getAsJsonArray(entry).forEach(word -> words.add(word.getAsString()));
        return words;
    }

    /** Everything in the image, by its path. */
    List<String> paths() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> "/" + root.relativize(file)).toList();
        }
    }

    @Override
    public void close() {
        sh(Command.DEADLINE, "rm -rf '%s'".formatted(folder));
    }

    private static void sh(Duration deadline, String script) {
        Command.run(deadline, "", List.of("bash", "-e", "-o", "pipefail", "-c", script)).orFail();
    }
}
