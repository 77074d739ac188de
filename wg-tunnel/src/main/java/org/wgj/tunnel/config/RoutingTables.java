// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.tunnel.text.Decimal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads numbers and names of routing tables, as {@code ip route} takes them. */
final class RoutingTables {
    private static final long MAX = 0xffff_ffffL;
    private static final String FILE = "rt_tables";
    private static final String FOLDER = "rt_tables.d";

    /** iproute2 keeps the names in so many lists, by the low bits of the number. */
    private static final int LISTS = 256;

    private static final Path ADMINISTRATORS = Path.of("/etc/iproute2");

    /** The administrator's folder first, then the distribution's in newer and older places. */
    private static final RoutingTables SYSTEM =
            new RoutingTables(
                    List.of(
                            ADMINISTRATORS,
                            Path.of("/usr/share/iproute2"),
                            Path.of("/usr/lib/iproute2")));

    private final List<Path> directories;

    private record Name(long number, String text) {}

    /**
     * @param directories of iproute2; each hides those after it
     */
    RoutingTables(List<Path> directories) {
        this.directories = directories;
    }

    /**
     * @param text decimal, hexadecimal with 0x, octal with 0, or a name
     * @return unsigned, never 0
     */
    static int number(String text) {
        return SYSTEM.find(text);
    }

    int find(String text) {
        long number = switch (text) { // rtnetlink(7); these need no file
                    case "main" -> 254;
                    case "default" -> 253;
                    case "local" -> 255;
                    default -> named(text);
                };
        if (number < 0) {
            number = parse(text);
        }
        if (number == 0) {
            throw expected();
        }
        return (int) number;
    }

    private static long parse(String text) {
        if (!text.matches("0[xX][0-9a-fA-F]{1,8}|0[0-7]{0,11}|[1-9][0-9]{0,9}")) {
            throw expected();
        }
        long number = Long.decode(text);
        if (number > MAX) {
            throw expected();
        }
        return number;
    }

    /**
     * Returns -1 if no table has the name. If several have it, iproute2 takes the one in its first
     * list, and in that list the one that it read last.
     */
    private long named(String text) {
        return names().reversed().stream()
                .filter(name -> name.text().equals(text))
                .min(Comparator.comparingLong(name -> name.number() % LISTS))
                .map(Name::number)
                .orElse(-1L);
    }

    /** Returns the names in the order in which iproute2 reads them. */
    private List<Name> names() {
        List<Name> names = new ArrayList<>();
        directories.stream()
                .map(directory -> directory.resolve(FILE))
                .filter(Files::exists)
                .findFirst()
                .ifPresent(file -> read(file).forEach(names::add));
        Map<String, Path> more = new TreeMap<>();
        for (Path directory : directories) { // a file hides those of the same name in later folders
            for (Path file : configurations(directory.resolve(FOLDER))) {
                more.putIfAbsent(file.getFileName().toString(), file);
            }
        }
        for (Path directory : directories.reversed()) {
            more.values().stream()
                    .filter(file -> file.startsWith(directory))
                    .flatMap(RoutingTables::read)
                    .forEach(names::add);
        }
        return names;
    }

    private static List<Path> configurations(Path folder) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "[!.]*.conf")) {
            found.forEach(files::add);
        } catch (IOException e) {
            return List.of(); // it may be missing
        }
        return files;
    }

    private static Stream<Name> read(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream()
                    .map(line -> ConfigText.withoutComment(line).strip().split("\\s+"))
                    .filter(words -> words.length == 2)
                    .flatMap(words -> name(words[0], words[1]));
        } catch (IOException e) {
            return Stream.empty(); // without iproute2 there are no names
        }
    }

    private static Stream<Name> name(String number, String text) {
        try {
            return Stream.of(
                    new Name(
                            number.matches("0x[0-9a-fA-F]{1,8}")
                                    ? Long.decode(number)
                                    : Decimal.parse(number, MAX),
                            text));
        } catch (IllegalArgumentException e) {
            return Stream.empty(); // iproute2 says that the file is corrupted
        }
    }

    private static IllegalArgumentException expected() {
        return new IllegalArgumentException(
                "expected off, auto, the number of a routing table or its name in "
                        + ADMINISTRATORS.resolve(FILE));
    }
}
