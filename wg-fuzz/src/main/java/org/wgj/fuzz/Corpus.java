// SPDX-License-Identifier: Apache-2.0
package org.wgj.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The inputs of one target. Those that are kept, under {@code src/test/resources/fuzz}, are small
 * seeds and all findings; those that fuzzing came across on this machine are under {@code
 * target/fuzz}.
 *
 * @param target a public class with a public static {@code fuzzerTestOneInput(byte[])}
 * @param module the directory of its module
 */
record Corpus(Class<?> target, Path module) {
    String name() {
        return target.getSimpleName();
    }

    Path kept() {
        return module.resolve("src/test/resources/fuzz").resolve(name());
    }

    Path grown() {
        return module.resolve("target/fuzz").resolve(name());
    }

    List<Path> keptInputs() {
        try (Stream<Path> files = Files.list(kept())) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the target one input; throws what the target throws. */
    void replay(Path input) throws Throwable {
        try {
            target.getMethod("fuzzerTestOneInput", byte[].class)
                    .invoke(null, Files.readAllBytes(input));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
