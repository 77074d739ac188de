// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;

import java.util.Arrays;
import java.util.Optional;

/** The program that carries the packets from one host to the other. */
public enum Carrier implements Column {
    WGJ("wgj", Implementation.WGJ),
    WIREGUARD_GO("wireguard-go", Implementation.WIREGUARD_GO),
    KERNEL("kernel", Implementation.KERNEL),
    /** The bare cable: what the machine could carry without a tunnel. */
    NONE("none", null);

    private final String label;
    private final Implementation implementation; // null for the cable

    Carrier(String label, Implementation implementation) {
        this.label = label;
        this.implementation = implementation;
    }

    @Override
    public String label() {
        return label;
    }

    public static Carrier labelled(String label) {
        return Arrays.stream(values())
                .filter(implementation -> implementation.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no implementation " + label));
    }

    /** Returns whether it is a process, which has processor time, memory and a start. */
    public boolean isDaemon() {
        return this == WGJ || this == WIREGUARD_GO;
    }

    public boolean isTunnel() {
        return this != NONE;
    }

    /** The implementation at both ends; the bare cable has none. */
    Implementation implementation() {
        if (implementation == null) {
            throw new IllegalStateException(label + " has no implementation");
        }
        return implementation;
    }

    /** Why it cannot be measured on this machine; empty if it can. */
    public Optional<String> missing() {
        return switch (this) {
            case WGJ, WIREGUARD_GO -> whyNoProgram();
            case KERNEL -> whyNoKernel();
            case NONE -> Optional.empty();
        };
    }

    private Optional<String> whyNoProgram() {
        try {
            implementation.launcher();
            return Optional.empty();
        } catch (IllegalStateException e) {
            return Optional.of(e.getMessage() + "; bin/bench says why");
        }
    }

    private static Optional<String> whyNoKernel() {
        try (Host host = new Host("kernel")) {
            Command.Result result = host.run("ip link add wg0 type wireguard");
            return result.exit() == 0 ? Optional.empty() : Optional.of(result.text().strip());
        }
    }
}
