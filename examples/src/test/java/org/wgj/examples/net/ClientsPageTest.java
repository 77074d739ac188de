// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Holds the code in docs/clients.md to that of the examples, which are compiled and run. */
class ClientsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "clients.md");

    /** A link to an example, then its code. */
    private static final Pattern PIECE =
            Pattern.compile(
                    "\\]\\((\\.\\./examples/[^)]*)\\)\n\n```java\n(.*?)```", Pattern.DOTALL);

    /** The text between the comments "begin" and "end" of an example. */
    private static final Pattern SHOWN =
            Pattern.compile("^( *)// begin\n(.*?)^ *// end\n", Pattern.DOTALL | Pattern.MULTILINE);

    @Test
    void codeIsThatOfTheExamples() throws IOException {
        Matcher piece = PIECE.matcher(Files.readString(PAGE));
        int pieces = 0;
        while (piece.find()) {
            Path example = PAGE.resolveSibling(piece.group(1));
            assertEquals(shown(example), piece.group(2), example::toString);
            pieces++;
        }
        assertEquals(9, pieces, "pieces of code");
    }

    private static String shown(Path example) throws IOException {
        return SHOWN.matcher(Files.readString(example))
                .results()
                .map(found -> withoutIndent(found.group(2), found.group(1)))
                .collect(Collectors.joining("\n"));
    }

    private static String withoutIndent(String code, String indent) {
        return code.lines()
                .map(line -> line.startsWith(indent) ? line.substring(indent.length()) : line)
                .map(line -> line + "\n")
                .collect(Collectors.joining());
    }
}
