package org.wgj.doctor;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** All findings, as people and as programs read them. */
public record Report(List<Finding> findings) {
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    public Report {
        findings = List.copyOf(findings);
    }

    /** Whether something does not work. */
    public boolean failed() {
        return count(Level.FAIL) > 0;
    }

    long count(Level level) {
        return findings.stream().filter(finding -> finding.level() == level).count();
    }

    /** Lines, one paragraph for each subject; a fix stands under what it fixes. */
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
        return "%d passed, %d warnings, %d failures, %d not seen"
                .formatted(
                        count(Level.PASS), count(Level.WARN), count(Level.FAIL), count(Level.SKIP));
    }

    /** One object: the findings in their order, and how many there are of each level. */
    public String json() {
        JsonArray array = new JsonArray();
        for (Finding finding : findings) {
            JsonObject object = new JsonObject();
            object.addProperty("level", finding.level().name());
            object.addProperty("subject", finding.subject());
            object.addProperty("check", finding.check());
            object.addProperty("seen", finding.seen());
            if (finding.fix() != null) {
                object.addProperty("fix", finding.fix());
            }
            array.add(object);
        }
        JsonObject report = new JsonObject();
        report.add("findings", array);
        for (Level level : Level.values()) {
            report.addProperty(level.name().toLowerCase(Locale.ROOT), count(level));
        }
        return GSON.toJson(report) + "\n";
    }
}
