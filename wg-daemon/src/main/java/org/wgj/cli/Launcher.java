// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The launcher that has started this process and waits for the word that it is ready. The launcher
 * then returns to its caller, and this process goes on.
 */
final class Launcher {
    /** The environment variable with the descriptor that takes the word. */
    private static final String READY = "WGJ_READY_FD";

    private Launcher() {}

    /** Returns whether a launcher waits for this process to end or to be ready. */
    static boolean waits() {
        String value = System.getenv(READY);
        return value != null && !value.isEmpty();
    }

    /**
     * Tells the launcher that this process is ready. Without a launcher nothing happens.
     *
     * @throws IOException if the launcher has died
     */
    static void tellReady() throws IOException {
        tell("ready\n");
    }

    /**
     * The same, with the exit code that the launcher is to return.
     *
     * @param exitCode 0 to 9
     * @throws IOException if the launcher has died
     */
    static void tellReady(int exitCode) throws IOException {
        tell("ready " + exitCode + "\n");
    }

    private static void tell(String word) throws IOException {
        Integer descriptor = descriptor(READY);
        if (descriptor == null) {
            return;
        }
        byte[] line = word.getBytes(StandardCharsets.US_ASCII);
        try (Memory bytes = new Memory(line.length)) {
            bytes.write(0, line, 0, line.length);
            // Not through /proc/self/fd, because opening a pipe without a reader blocks.
            if (Libc.write(descriptor, Pointer.nativeValue(bytes), line.length) < 0) {
                throw new ErrnoException("tell the launcher", Libc.errno());
            }
        }
        if (descriptor > 2) {
            Libc.close(descriptor);
        }
    }

    /**
     * Returns a descriptor that a variable of the environment names.
     *
     * @return null if the variable is missing or empty
     * @throws IOException if it is no number
     */
    static Integer descriptor(String variable) throws IOException {
        String value = System.getenv(variable);
        if (value == null || value.isEmpty()) {
            return null;
        }
        try {
            return Integer.parseUnsignedInt(value);
        } catch (NumberFormatException e) {
            throw new IOException(variable + " must be the number of an open descriptor");
        }
    }
}
