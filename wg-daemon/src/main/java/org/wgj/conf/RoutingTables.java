package org.wgj.conf;

import org.wgj.uapi.Decimal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Numbers and names of routing tables, as {@code ip route} takes them. */
final class RoutingTables {
    private static final long MAX = 0xffff_ffffL;

    /** Where iproute2 keeps names, the administrator's first. */
    private static final List<Path> FILES =
            List.of(Path.of("/etc/iproute2/rt_tables"), Path.of("/usr/share/iproute2/rt_tables"));

    private RoutingTables() {}

    /**
     * @param text decimal, hexadecimal with 0x, or a name
     * @return unsigned, never 0
     */
    static int number(String text) {
        long number = switch (text) { // rtnetlink(7); these need no file
                    case "main" -> 254;
                    case "default" -> 253;
                    case "local" -> 255;
                    default -> parse(text);
                };
        if (number == 0) {
            throw expected();
        }
        return (int) number;
    }

    private static long parse(String text) {
        if (!Character.isDigit(text.charAt(0))) {
            return FILES.stream()
                    .flatMap(file -> named(file, text))
                    .findFirst()
                    .orElseThrow(RoutingTables::expected);
        }
        try {
            return text.matches("0[xX][0-9a-fA-F]{1,8}")
                    ? Long.parseLong(text.substring(2), 16)
                    : Decimal.parse(text, MAX);
        } catch (IllegalArgumentException e) {
            throw expected();
        }
    }

    private static Stream<Long> named(Path file, String name) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream()
                    .map(line -> ConfigText.withoutComment(line).strip().split("\\s+"))
                    .filter(words -> words.length == 2 && words[1].equals(name))
                    .filter(words -> Character.isDigit(words[0].charAt(0)))
                    .map(words -> parse(words[0]));
        } catch (IOException e) {
            return Stream.empty(); // without iproute2 there are no names
        }
    }

    private static IllegalArgumentException expected() {
        return new IllegalArgumentException(
                "expected off, auto, the number of a routing table or its name in "
                        + FILES.getFirst());
    }
}
