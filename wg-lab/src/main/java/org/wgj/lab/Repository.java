// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The repository with the programs to be tested or measured. */
public final class Repository {
    private static final String LANDMARK = "bin/lib/java.sh";

    private Repository() {}

    /**
     * Returns the folder of the repository that this class was built in. A jar from elsewhere, such
     * as Maven's local repository, belongs to the repository of the current directory.
     */
    public static Path folder() {
        return Stream.of(ownPlace(), Path.of("").toAbsolutePath())
                .flatMap(place -> above(place).stream())
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "neither %s nor %s is inside the repository"
                                                .formatted(
                                                        ownPlace(), Path.of("").toAbsolutePath())));
    }

    private static Path ownPlace() {
        try {
            return Path.of(
                    Repository.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<Path> above(Path place) {
        return Stream.iterate(place, folder -> folder != null, Path::getParent)
                .filter(folder -> Files.exists(folder.resolve(LANDMARK)))
                .findFirst();
    }

    /** Returns the folder with the programs that tests and benchmarks run against. */
    public static Path peers() {
        Path peers = folder().resolve("target/peers");
        if (!Files.isDirectory(peers)) {
            throw new IllegalStateException(
                    "the system tests need the peers that bin/verify fetches into " + peers);
        }
        return peers;
    }
}
