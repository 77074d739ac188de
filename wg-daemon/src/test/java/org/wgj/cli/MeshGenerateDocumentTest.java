// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the samples and commands of docs/mesh-generate.md, and holds it to the code. */
class MeshGenerateDocumentTest {
    @TempDir private Path folder;

    private String document;

    private record Result(int exit, String out, String err) {}

    @BeforeEach
    void readTheDocument() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs"))) {
            root = root.getParent();
        }
        document = Files.readString(root.resolve("docs/mesh-generate.md"));
        Files.writeString(folder.resolve("nodes.txt"), block("## nodes.txt", "```\n"));
        Files.writeString(folder.resolve("nodes.toml"), block("## nodes.toml", "```toml\n"));
    }

    /** Returns the first block below a heading. */
    private String block(String heading, String fence) {
        int begin = document.indexOf(fence, document.indexOf(heading)) + fence.length();
        return document.substring(begin, document.indexOf("```", begin));
    }

    /** Runs a command with the folder of the lists in place of the current one. */
    private Result run(String command) {
        List<String> words = new ArrayList<>();
        String before = "";
        for (String word : command.split(" +")) {
            boolean path = word.startsWith("nodes.") || Set.of("-o", "--against").contains(before);
            words.add(path ? folder.resolve(word).toString() : word);
            before = word;
        }
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit =
                Wgj.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .execute(words.toArray(String[]::new));
        return new Result(exit, out.toString(), err.toString());
    }

    @Test
    void theCommandsWorkWithTheSamples() throws IOException {
        int last = document.lastIndexOf("```sh\n") + "```sh\n".length();
        List<String> commands =
                document.substring(last, document.indexOf("```", last)).lines().toList();
        assertEquals(5, commands.size());
        List<Result> results = new ArrayList<>();
        for (String command : commands) {
            Result result = run(command.replaceFirst("^wgj ", "").replaceFirst(" \\|.*| >.*", ""));
            assertEquals(0, result.exit(), () -> command + ": " + result);
            results.add(result);
        }
        Path mesh = folder.resolve("mesh");
        for (String node : List.of("hq", "b1", "b2", "b3")) {
            assertTrue(Files.exists(mesh.resolve(node + ".conf")), node);
            assertTrue(Files.exists(mesh.resolve(node + ".nft")), node);
        }
        assertTrue(Files.readString(mesh.resolve("hq.conf")).contains("masquerade"));
        assertTrue(
                Files.readString(mesh.resolve("hq.routes"))
                        .contains("192.168.2.0/24 via 192.168.1.1"));
        assertTrue(results.get(3).out().startsWith("graph mesh {"), results.get(3)::toString);
        assertEquals("", results.get(4).out(), "nothing has changed since");
    }

    @Test
    void theListOfLinesWorksWithEachTopologyAndItsOutcomeIsJson() throws IOException {
        for (String topology : List.of("full", "hub", "sites")) {
            Result result =
                    run("mesh generate nodes.txt --psk --json --topology " + topology + " -o out");
            assertEquals(0, result.exit(), result::toString);
            assertEquals(1, result.out().lines().count());
            JsonObject done = JsonParser.parseString(result.out()).getAsJsonObject();
            assertEquals(4, done.get("nodes").getAsInt());
            assertEquals(4, done.getAsJsonArray("files").size());
        }
        String planes = Files.readString(folder.resolve("nodes.txt")).replace("10.99.0", "10.77.0");
        Files.writeString(
                folder.resolve("nodes.txt"), planes.replaceAll("(10\\.77\\.0\\.\\d)", "$1/16"));
        assertEquals(0, run("mesh generate nodes.txt --planes -o four").exit());
        assertTrue(Files.readString(folder.resolve("four/db/wg3.conf")).contains("10.80.0.3/16"));
    }

    /** A word that does not exist is answered by those that do. */
    @Test
    void theDocumentAndTheHelpNameEachWord() throws IOException {
        Files.writeString(
                folder.resolve("nodes.toml"),
                "[mesh]\nnope = 1\n[[node]]\nname = \"a\"\naddress = \"10.0.0.1\"\nnope = 1\n");
        String err = run("mesh generate nodes.toml").err();
        Set<String> words = new TreeSet<>();
        Matcher lists = Pattern.compile("; there are (.*)").matcher(err);
        while (lists.find()) {
            words.addAll(Arrays.asList(lists.group(1).split(", ")));
        }
        assertEquals(13, words.size(), err);
        String help = run("mesh generate --help").out();
        for (String word : words) {
            Pattern whole = Pattern.compile("\\b" + word + "\\b");
            assertTrue(whole.matcher(block("## nodes.toml", "```toml\n")).find(), word);
            assertTrue(whole.matcher(help).find(), word);
        }
        Matcher options = Pattern.compile("--[a-z]+").matcher(help);
        while (options.find()) {
            String option = options.group();
            if (!Set.of("--help", "--version", "--output").contains(option)) {
                assertTrue(document.contains("`" + option), option);
            }
        }
    }
}
