// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.junit.jupiter.api.Assumptions;

import java.nio.file.Files;
import java.nio.file.Path;

/** A WireGuard to test or to test against, and where its launcher is. */
enum Implementation {
    /**
     * The one under test: bin/wireguard-java, or what the environment's WGJ_IMPLEMENTATION names.
     * With wireguard-go there, the tests test themselves.
     */
    UNDER_TEST,
    WIREGUARD_GO,
    KERNEL;

    /** The repository's folder; tests run in a module of it. */
    static Path repository() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("bin/lib/java.sh"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException(
                        "not inside the repository: " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }

    static Path peers() {
        Path peers = repository().resolve("target/peers");
        if (!Files.isDirectory(peers)) {
            throw new IllegalStateException(
                    "the system tests need the peers that bin/verify fetches into " + peers);
        }
        return peers;
    }

    /** The program that takes the interface's name. */
    Path launcher() {
        Path launcher =
                switch (this) {
                    case UNDER_TEST -> underTest();
                    case WIREGUARD_GO -> peers().resolve("wireguard-go");
                    case KERNEL -> throw new IllegalArgumentException("the kernel has no launcher");
                };
        if (!Files.isExecutable(launcher)) {
            throw new IllegalStateException("no program " + launcher);
        }
        return launcher;
    }

    private static Path underTest() {
        String named = System.getenv("WGJ_IMPLEMENTATION");
        return named == null || named.isEmpty()
                ? repository().resolve("bin/wireguard-java")
                : Path.of(named).toAbsolutePath();
    }

    /**
     * Leaves the test out where another implementation stands in for ours and is known to differ.
     */
    static void onlyOurs(String why) {
        Assumptions.assumeTrue(isOurs(), why);
    }

    static boolean isOurs() {
        return underTest().getFileName().toString().equals("wireguard-java");
    }
}
