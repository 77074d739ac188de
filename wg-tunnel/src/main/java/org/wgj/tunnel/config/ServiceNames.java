// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.tunnel.text.Decimal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Finds the UDP ports that /etc/services (services(5)) names; {@code wg} accepts the names for
 * numbers.
 */
final class ServiceNames {
    private static final Path SERVICES = Path.of("/etc/services");

    private ServiceNames() {}

    /**
     * @throws IllegalArgumentException if the system knows no such service
     */
    static int port(String name) {
        try (var lines = Files.lines(SERVICES, StandardCharsets.ISO_8859_1)) {
            return lines.map(line -> ConfigText.withoutComment(line).strip().split("\\s+"))
                    .filter(words -> words.length >= 2 && words[1].endsWith("/udp"))
                    .filter(words -> Arrays.asList(words).indexOf(name) != -1)
                    .filter(words -> !words[1].equals(name))
                    .mapToInt(words -> (int) Decimal.parse(words[1].split("/")[0], 0xffff))
                    .findFirst()
                    .orElseThrow(ServiceNames::unknown);
        } catch (IOException e) {
            throw unknown();
        }
    }

    private static IllegalArgumentException unknown() {
        return new IllegalArgumentException(
                "expected a port from 0 to 65535 or the name of a UDP service in " + SERVICES);
    }
}
