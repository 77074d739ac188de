// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.report;

import org.wgj.json.JsonWriter;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** All findings, as text for people and JSON for programs. */
public record Report(List<Finding> findings) {
    public Report {
        findings = List.copyOf(findings);
    }

    /** Returns whether something does not work. */
    public boolean failed() {
        return count(Level.FAIL) > 0;
    }

    long count(Level level) {
        return findings.stream().filter(finding -> finding.level() == level).count();
    }

    /** Returns one paragraph for each subject, with a fix below the finding it fixes. */
    public String text() {
        Map<String, List<Finding>> subjects =
                findings.stream()
                        .collect(
                                Collectors.groupingBy(
                                        Finding::subject, LinkedHashMap::new, Collectors.toList()));
        int width = findings.stream().mapToInt(f -> f.check().length()).max().orElse(0);
        StringBuilder text = new StringBuilder();
        subjects.forEach(
                (subject, ofSubject) -> {
                    text.append(subject).append('\n');
                    for (Finding finding : ofSubject) {
                        line(text, finding, width);
                    }
                    text.append('\n');
                });
        return text.append(summary()).append('\n').toString();
    }

    private static void line(StringBuilder text, Finding finding, int width) {
        String name = finding.check();
        text.append("  ").append(finding.level()).append("  ").append(name);
        text.repeat(' ', width - name.length() + 2).append(finding.seen()).append('\n');
        if (finding.fix() != null) {
            text.repeat(' ', width + 10).append("-> ").append(finding.fix()).append('\n');
        }
    }

    private String summary() {
        return "%d passed, %s, %s, %d not seen"
                .formatted(
                        count(Level.PASS),
                        counted(Level.WARN, "warning"),
                        counted(Level.FAIL, "failure"),
                        count(Level.SKIP));
    }

    private String counted(Level level, String noun) {
        long count = count(level);
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    /** Returns an object with the findings in their order and their number for each level. */
    public String json() {
        JsonWriter json = new JsonWriter().begin('{').name("findings").begin('[');
        for (Finding finding : findings) {
            json.begin('{').name("level").string(finding.level().name());
            json.name("subject").string(finding.subject());
            json.name("check").string(finding.check());
            json.name("seen").string(finding.seen());
            json.name("fix").string(finding.fix()).end();
        }
        json.end();
        for (Level level : Level.values()) {
            json.name(level.name().toLowerCase(Locale.ROOT)).number(count(level));
        }
        return json.end() + "\n";
    }
}
