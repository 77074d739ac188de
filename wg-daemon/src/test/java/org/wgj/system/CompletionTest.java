// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.lab.Command;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The completions of the shell with the script that wgj makes for it. */
class CompletionTest {
    @TempDir static Path folder;

    private static Path script;

    @BeforeAll
    static void generate() throws IOException {
        Path wgj = Repository.folder().resolve("bin/wgj");
        String text = bash("'%s' generate-completion".formatted(wgj));
        script = Files.writeString(folder.resolve("wgj"), text);
        bash("bash -n '%s'".formatted(script));
    }

    @Test
    void aCommandIsCompleted() {
        assertEquals("syncconf", completed("wgj", "sync"));
        assertEquals("show\nshowconf", completed("wgj", "sho"));
    }

    @Test
    void anOptionOfACommandIsCompleted() {
        assertEquals("--json", completed("wgj", "doctor", "--js"));
    }

    /** Each on a line, in order. */
    private static String completed(String... words) {
        return bash(
                "source '%s'; COMP_WORDS=(%s); COMP_CWORD=%d; _complete_wgj; printf '%%s\\n' \"${COMPREPLY[@]}\" | sort"
                        .formatted(script, String.join(" ", words), words.length - 1));
    }

    private static String bash(String script) {
        return Command.run(Command.DEADLINE, "", List.of("bash", "-c", script))
                .orFail()
                .out()
                .stripTrailing();
    }
}
