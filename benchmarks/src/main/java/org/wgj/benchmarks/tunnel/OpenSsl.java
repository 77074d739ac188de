// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The speed of OpenSSL's ChaCha20-Poly1305 as its own program has it: processor time, one packet at
 * a time, and the key stays as it is.
 */
final class OpenSsl {
    private OpenSsl() {}

    /** Nanoseconds for a packet. */
    static double nanoseconds(boolean opening, int lengthBytes) throws IOException {
        String command =
                "openssl speed -mr -seconds 1 -bytes %d%s -evp chacha20-poly1305"
                        .formatted(lengthBytes, opening ? " -decrypt" : "");
        Process process =
                new ProcessBuilder(List.of(command.split(" ")))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        return nanoseconds(
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
                lengthBytes);
    }

    /** Reads what -mr makes it print: "+F:NUMBER:NAME:BYTES_PER_SECOND". */
    static double nanoseconds(String output, int lengthBytes) throws IOException {
        for (String line : output.lines().toList()) {
            String[] fields = line.split(":");
            if (fields.length >= 4
                    && fields[0].equals("+F")
                    && fields[2].toLowerCase(Locale.ROOT).equals("chacha20-poly1305")) {
                return lengthBytes * 1e9 / Double.parseDouble(fields[3]);
            }
        }
        throw new IOException("openssl speed said nothing of ChaCha20-Poly1305: " + output.strip());
    }
}
