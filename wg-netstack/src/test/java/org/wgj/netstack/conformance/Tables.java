// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the tables of this package's resources: tab separated, a header line, # for comments. */
final class Tables {
    private Tables() {}

    /** Returns all lines that are no comments. */
    static List<String> lines(String name) {
        try (BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(
                                Tables.class.getResourceAsStream(name), StandardCharsets.UTF_8))) {
            return in.lines().filter(line -> !line.startsWith("#") && !line.isBlank()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the rows, each as a map from the header's names. */
    static List<Map<String, String>> rows(String name) {
        List<String> lines = lines(name);
        String[] header = lines.getFirst().split("\t");
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split("\t", -1);
            if (cells.length != header.length) {
                throw new IllegalStateException(name + ": " + line);
            }
            Map<String, String> row = new HashMap<>();
            for (int i = 0; i < header.length; i++) {
                row.put(header[i], cells[i]);
            }
            rows.add(row);
        }
        return rows;
    }

    /** Returns the cases of behaviours.txt: name to lines. */
    static Map<String, List<String>> cases(String name) {
        Map<String, List<String>> cases = new LinkedHashMap<>();
        List<String> current = null;
        for (String line : lines(name)) {
            if (line.startsWith("== ")) {
                current = new ArrayList<>();
                String title = line.substring(3, line.indexOf('|')).trim();
                if (cases.put(title, current) != null) {
                    throw new IllegalStateException("twice: " + title);
                }
            } else {
                current.add(line);
            }
        }
        return cases;
    }

    /** Returns the rows that this stack answers otherwise on purpose: id to reason. */
    static Map<String, String> exceptions() {
        Map<String, String> exceptions = new HashMap<>();
        for (Map<String, String> row : rows("exceptions.tsv")) {
            exceptions.put(row.get("id"), row.get("reason"));
        }
        return exceptions;
    }
}
