// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

import java.nio.file.Files;
import java.nio.file.Path;

/** An implementation of WireGuard to test, to test against, or to measure. */
public enum Implementation {
    /**
     * The daemon of this project: bin/wireguard-java, or the program that the environment's
     * WGJ_IMPLEMENTATION names. With wireguard-go there, the tests test themselves.
     */
    WGJ,
    WIREGUARD_GO,
    KERNEL;

    /**
     * Returns the program that takes the interface's name.
     *
     * @throws IllegalStateException if it is missing
     */
    public Path launcher() {
        Path launcher =
                switch (this) {
                    case WGJ -> wgj();
                    case WIREGUARD_GO -> Repository.folder().resolve("target/peers/wireguard-go");
                    case KERNEL -> throw new IllegalArgumentException("the kernel has no launcher");
                };
        if (!Files.isExecutable(launcher)) {
            throw new IllegalStateException("no program " + launcher);
        }
        return launcher;
    }

    private static Path wgj() {
        String named = System.getenv("WGJ_IMPLEMENTATION");
        return named == null || named.isEmpty()
                ? Repository.folder().resolve("bin/wireguard-java")
                : Path.of(named).toAbsolutePath();
    }

    /** Returns false if another implementation stands in for {@link #WGJ}. */
    public static boolean isOurs() {
        return wgj().getFileName().toString().equals("wireguard-java");
    }
}
