// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The conformance matrix: every row of this package's resources is a test. A row that is answered
 * otherwise on purpose stands in exceptions.tsv with its reason, and must fail.
 */
class ConformanceTest {
    private final Map<String, String> exceptions = Tables.exceptions();

    private DynamicTest test(String id, Runnable play) {
        if (!exceptions.containsKey(id)) {
            return DynamicTest.dynamicTest(id, play::run);
        }
        return DynamicTest.dynamicTest(
                id + " (exception)", () -> assertThrows(AssertionError.class, play::run, id));
    }

    @TestFactory
    Stream<DynamicTest> oneSegmentInOneState() {
        return Tables.rows("segments.tsv").stream()
                .map(row -> test(row.get("id"), () -> new SegmentRow(row).play()));
    }

    @TestFactory
    Stream<DynamicTest> overlappingData() {
        return Tables.rows("overlaps.tsv").stream()
                .map(row -> test(row.get("id"), () -> new DataRow(row).playOverlap()));
    }

    @TestFactory
    Stream<DynamicTest> reorderedData() {
        return Tables.rows("reorderings.tsv").stream()
                .map(row -> test(row.get("id"), () -> new DataRow(row).playReordering()));
    }

    @TestFactory
    Stream<DynamicTest> behaviours() {
        return Tables.cases("behaviours.txt").entrySet().stream()
                .map(
                        entry ->
                                test(
                                        entry.getKey(),
                                        () -> new Conversation().play(entry.getValue())));
    }

    @Test
    void everyExceptionNamesARow() {
        List<String> ids = new ArrayList<>();
        for (String table : List.of("segments.tsv", "overlaps.tsv", "reorderings.tsv")) {
            Tables.rows(table).forEach(row -> ids.add(row.get("id")));
        }
        ids.addAll(Tables.cases("behaviours.txt").keySet());
        TreeSet<String> unknown = new TreeSet<>(exceptions.keySet());
        ids.forEach(unknown::remove);
        assertEquals(new TreeSet<>(), unknown);
    }
}
