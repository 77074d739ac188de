// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Configuration files in memory. */
public final class ConfigBytes {
    private static final String SOURCE = "wg0.conf";

    private ConfigBytes() {}

    /** Parses with the keys of wg-quick, or without. */
    public static ConfigFile parse(byte[] bytes, boolean quick) throws ConfigException {
        ConfigParser.Parsed parsed =
                ConfigParser.parse(SOURCE, ConfigText.lines(SOURCE, bytes), quick);
        return new ConfigFile(Path.of(SOURCE), "wg0", parsed.device(), parsed.quick());
    }

    /** Returns the lines that are left for wg. */
    public static byte[] strip(byte[] bytes) throws ConfigException {
        List<String> lines =
                Strip.strip(
                        SOURCE,
                        ConfigText.lines(SOURCE, bytes).stream().map(Object::toString).toList());
        return String.join("\n", lines).getBytes(StandardCharsets.ISO_8859_1);
    }
}
