// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** What carries the packets from one host to the other. */
public enum Implementation implements Column {
    WGJ("wgj"),
    WIREGUARD_GO("wireguard-go"),
    KERNEL("kernel"),
    /** The bare cable: what the machine could carry without a tunnel. */
    NONE("none");

    private final String label;

    Implementation(String label) {
        this.label = label;
    }

    @Override
    public String label() {
        return label;
    }

    public static Implementation labelled(String label) {
        return Arrays.stream(values())
                .filter(implementation -> implementation.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no implementation " + label));
    }

    /** Whether it is a process, which has processor time, memory and a start. */
    public boolean isDaemon() {
        return this == WGJ || this == WIREGUARD_GO;
    }

    public boolean isTunnel() {
        return this != NONE;
    }

    /** The program that is given the name of the interface. */
    public Path launcher() {
        return switch (this) {
            case WGJ -> Repository.folder().resolve("bin/wireguard-java");
            case WIREGUARD_GO -> Repository.folder().resolve("target/peers/wireguard-go");
            case KERNEL, NONE -> throw new IllegalStateException(label + " has no program");
        };
    }

    /** Why it cannot be measured on this machine; empty if it can. */
    public Optional<String> missing() {
        return switch (this) {
            case WGJ, WIREGUARD_GO ->
                    Files.isExecutable(launcher())
                            ? Optional.empty()
                            : Optional.of(
                                    "no program "
                                            + Repository.folder().relativize(launcher())
                                            + "; bin/bench says why");
            case KERNEL -> whyNoKernel();
            case NONE -> Optional.empty();
        };
    }

    private static Optional<String> whyNoKernel() {
        try (Host host = new Host()) {
            host.sh("ip link add wg0 type wireguard 2>&1");
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(e.getMessage());
        }
    }
}
