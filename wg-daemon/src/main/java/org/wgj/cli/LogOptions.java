// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.log.Log;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The options of the programs that run interfaces, for their log. */
final class LogOptions {
    private static final Pattern TIME = Pattern.compile("([1-9][0-9]{0,5})([smhd])");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--log-format",
            paramLabel = "FORMAT",
            description =
                    "The form of the log: text, by default, or json, one object a line. Text has"
                            + " priorities if journald reads it.")
    private String format;

    @Option(
            names = "--summary",
            paramLabel = "TIME",
            description =
                    "Log a summary of each interface so often: 1h, 15m, 30s. By default there is"
                            + " none.")
    private String summary;

    /** Sets the form of the log, and returns how often a summary is wanted; null for never. */
    Duration apply() {
        if (format != null) { // "case null" would make the JVM spin a class at each start
            switch (format) {
                case "text" -> Log.setFormat(Log.Format.TEXT);
                case "json" -> Log.setFormat(Log.Format.JSON);
                default -> throw usage("--log-format: expected text or json");
            }
        }
        return summary == null ? null : time(summary);
    }

    private Duration time(String text) {
        Matcher parts = TIME.matcher(text);
        if (!parts.matches()) {
            throw usage("--summary: expected a time such as 1h, 15m or 30s");
        }
        long number = Long.parseLong(parts.group(1));
        return switch (parts.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
