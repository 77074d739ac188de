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
import java.util.Set;
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
        Set<String> ids = rows();
        ids.addAll(Tables.cases("behaviours.txt").keySet());
        TreeSet<String> unknown = new TreeSet<>(exceptions.keySet());
        ids.forEach(unknown::remove);
        assertEquals(new TreeSet<>(), unknown);
    }

    private static Set<String> rows() {
        Set<String> ids = new TreeSet<>();
        for (String table : List.of("segments.tsv", "overlaps.tsv", "reorderings.tsv")) {
            Tables.rows(table).forEach(row -> ids.add(row.get("id")));
        }
        return ids;
    }

    /**
     * Each behaviour is a case, each script of the suite is a row, or they stand in elsewhere.tsv,
     * which tells the truth.
     */
    @Test
    void everyBehaviourAndScriptIsTestedOrLeftOutForAReason() {
        Set<String> cases = Tables.cases("behaviours.txt").keySet();
        List<String> wrong = new ArrayList<>();
        Set<String> elsewhere = new TreeSet<>();
        for (Map<String, String> row : Tables.rows("elsewhere.tsv")) {
            elsewhere.add(row.get("id"));
            if (!isTrue(row, cases)) {
                wrong.add(row.get("id") + ": " + row.get("where"));
            }
        }
        List<String> ids = Tables.lines("behaviour-ids.txt");
        for (String id : ids) {
            boolean isCase = cases.stream().anyMatch(c -> c.equals(id) || c.startsWith(id + "-"));
            if (!isCase && !elsewhere.contains(id)) {
                wrong.add(id + " is nowhere");
            }
        }
        List<String> scripts = Tables.lines("suite-names.txt");
        Set<String> rows = rows();
        for (String script : scripts) {
            if (!rows.contains(script) && !elsewhere.contains(script)) {
                wrong.add(script + " is nowhere");
            }
        }
        elsewhere.removeAll(ids);
        scripts.forEach(elsewhere::remove);
        assertEquals(List.of(), wrong);
        assertEquals(Set.of(), elsewhere);
    }

    private static boolean isTrue(Map<String, String> row, Set<String> cases) {
        String where = row.get("where");
        if (where.equals("left out")) {
            return !row.get("remark").isBlank();
        }
        if (where.startsWith("case ")) {
            return cases.contains(where.substring(5));
        }
        int dot = where.lastIndexOf('.');
        try {
            Class<?> tests =
                    Class.forName(
                            "org.wgj.netstack." + where.substring("test ".length(), dot),
                            false,
                            ConformanceTest.class.getClassLoader());
            tests.getDeclaredMethod(where.substring(dot + 1));
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
