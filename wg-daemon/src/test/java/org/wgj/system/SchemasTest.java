// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.lab.Command;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code bin/schemas} accepts the dashboard and the manifests of dist, and finds what is wrong in
 * others. Needs Node.js, npm and its registry.
 */
@Tag("slow")
class SchemasTest {
    private static final Duration BOUND = Duration.ofMinutes(5);

    @TempDir Path folder;

    private static Command.Result schemas(String... files) {
        Path program = Repository.folder().resolve("bin/schemas");
        return Command.run(
                BOUND, "", Stream.concat(Stream.of(program.toString()), Stream.of(files)).toList());
    }

    @Test
    void whatIsInDistFits() {
        assertEquals("8 objects in 4 files fit\n", schemas().orFail().out());
    }

    @Test
    void aFaultIsFoundAndNamed() throws IOException {
        Path dist = Repository.folder().resolve("dist");
        List<List<String>> faults =
                List.of(
                        List.of("readOnlyRootFilesystem", "readonlyRootFilesystem"),
                        List.of("periodSeconds: 30", "periodSeconds: often"),
                        List.of("name: application", "title: application"),
                        List.of("type: Recreate", "type: Replace"),
                        List.of("kind: Secret\n", "kind: Secrets\n"),
                        List.of("replicas: 1", "replicas: 1\n  replicas: 2"));
        Path manifest = dist.resolve("kubernetes/sidecar-tun.yaml");
        for (List<String> fault : faults) {
            String changed = changed(manifest, fault.getFirst(), fault.getLast());
            Command.Result found = schemas(changed);
            assertEquals(1, found.exit(), fault + found.text());
            assertTrue(found.text().contains("changed.yaml"), found.text());
        }
        Path board = dist.resolve("grafana/wgj.json");
        Command.Result found = schemas(changed(board, "\"mode\": \"multi\"", "\"mode\": \"all\""));
        assertEquals(1, found.exit(), found.text());
        assertTrue(found.text().contains("\"all\""), found.text());
    }

    private String changed(Path file, String old, String now) throws IOException {
        String text = Files.readString(file);
        assertTrue(text.contains(old), old);
        String name = file.getFileName().toString();
        return Files.writeString(
                        folder.resolve("changed" + name.substring(name.lastIndexOf('.'))),
                        text.replace(old, now))
                .toString();
    }
}
