// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.tunnel.text.ByteText;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A configuration file that was read and has no mistake.
 *
 * @param path without symbolic links
 * @param interfaceName from the file's name
 * @param device what {@code wg} reads
 * @param quick what {@code wg-quick} reads
 */
public record ConfigFile(Path path, String interfaceName, DeviceConfig device, QuickConfig quick) {
    private static final Path DIRECTORY = Path.of("/etc/wireguard");

    /**
     * The names that wg-quick allows: an interface's name has at most 15 bytes on Linux, and {@code
     * .} and {@code ..} are folders.
     */
    private static final Pattern NAME = Pattern.compile("(?!\\.{1,2}$)[a-zA-Z0-9_=+.-]{1,15}");

    private static final String SUFFIX = ".conf";

    /** The names by which the kernel's settings mean every interface, net/ipv4/devinet.c. */
    private static final Set<String> NOT_OF_ONE = Set.of("all", "default");

    /**
     * Reads the file of an interface, as {@code up} takes it; the caller wipes its keys.
     *
     * @param nameOrPath {@code wg0} stands for {@code /etc/wireguard/wg0.conf}
     * @throws ConfigException if there is no such file, its name cannot be an interface's, a line
     *     is wrong, or there is neither a PrivateKey nor a hook that sets one
     */
    public static ConfigFile read(String nameOrPath) throws IOException {
        Path given = locate(nameOrPath);
        ConfigParser.Parsed parsed = ConfigParser.parseFile(given, true);
        if (parsed.device().privateKey() == null && !hooksSetKey(parsed.quick())) {
            parsed.device().wipe();
            throw new ConfigException(
                    given.toString(),
                    0,
                    "Interface",
                    ConfigKey.PRIVATE_KEY.text,
                    "is missing; make one with: wgj genkey");
        }
        return new ConfigFile(
                given.toRealPath(), interfaceName(given), parsed.device(), parsed.quick());
    }

    /** wg-quick(8) suggests {@code PostUp = wg set %i private-key <(command)}. */
    private static boolean hooksSetKey(QuickConfig quick) {
        return Stream.concat(quick.preUp().stream(), quick.postUp().stream())
                .anyMatch(hook -> hook.contains("private-key"));
    }

    /**
     * Returns the lines of a file that {@code wg} understands, unchanged: the keys of wg-quick are
     * left out. Nothing else is checked.
     */
    public static List<String> strip(String nameOrPath) throws IOException {
        Path given = locate(nameOrPath);
        List<ByteText> lines = ConfigText.read(given);
        try {
            return Strip.strip(given.toString(), lines.stream().map(ByteText::toString).toList());
        } finally {
            ConfigText.wipe(lines);
        }
    }

    private static Path locate(String nameOrPath) throws IOException {
        if (nameOrPath.isEmpty()) {
            throw new ConfigException(
                    "''", 0, null, null, "expected the name of an interface or of its file");
        }
        Path path =
                NAME.matcher(nameOrPath).matches()
                        ? DIRECTORY.resolve(nameOrPath + SUFFIX)
                        : Path.of(nameOrPath);
        if (Files.notExists(path)) {
            boolean meantHere =
                    !path.toString().equals(nameOrPath) && Files.exists(Path.of(nameOrPath));
            throw new ConfigException(
                    path.toString(),
                    0,
                    null,
                    null,
                    "there is no such file"
                            + (meantHere
                                    ? "; for the one in this folder say ./" + nameOrPath
                                    : ""));
        }
        if (Files.isDirectory(path)) {
            throw new ConfigException(
                    path.toString(),
                    0,
                    null,
                    null,
                    "this is a folder: name a file in it (wgj run takes folders)");
        }
        interfaceName(path);
        return path;
    }

    private static String interfaceName(Path path) throws ConfigException {
        Path file = path.getFileName();
        String text = file == null ? "" : file.toString();
        String name =
                text.endsWith(SUFFIX) ? text.substring(0, text.length() - SUFFIX.length()) : "";
        if (NOT_OF_ONE.contains(name)) {
            throw new ConfigException(
                    path.toString(),
                    0,
                    null,
                    null,
                    "no interface can have the name "
                            + name
                            + ", which stands for every interface in the kernel's settings: rename"
                            + " the file");
        }
        if (!NAME.matcher(name).matches()) {
            throw new ConfigException(
                    path.toString(),
                    0,
                    null,
                    null,
                    "a file's name must be that of an interface, with .conf behind it: at most 15"
                            + " letters, digits and _=+.-");
        }
        return name;
    }
}
