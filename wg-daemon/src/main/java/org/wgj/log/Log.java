// SPDX-License-Identifier: Apache-2.0
package org.wgj.log;

import org.slf4j.Logger;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.wgj.json.JsonLine;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes the log of this process to standard error, in one of three forms:
 *
 * <pre>
 * 2026-11-28 13:00:00.123 INFO Tunnel - wg0: interface was deleted       for people
 * &lt;6&gt;Tunnel - wg0: interface was deleted                               for journald, which has the time
 * {"time":"2026-11-28T12:00:00.123Z","level":"info","logger":"org.wgj.tunnel.Tunnel","message":"…"}
 * </pre>
 *
 * <p>A record is one line. With a stack trace it is several lines, except in JSON, and journald
 * gets the priority before each. Safe for use by several threads.
 */
public final class Log {
    /** The form of the lines. */
    public enum Format {
        /** For people; for journald if that reads standard error. */
        TEXT,

        /** A JSON object a line (RFC 8259), in ASCII. */
        JSON
    }

    private static final String OURS = "org.wgj.";

    /** Loaded with the first line, because the rules of a time zone take 30 ms of a start. */
    private static final class LocalTime {
        static final DateTimeFormatter FORMAT =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS")
                        .withZone(ZoneId.systemDefault());
    }

    private static final Map<String, StderrLogger> LOGGERS = new ConcurrentHashMap<>();

    /** The lowest levels of single loggers, and of packages whose names end in a dot. */
    private static final Map<String, Integer> OVERRIDES = new ConcurrentHashMap<>();

    private static volatile int lowestOfOurs = Level.ERROR.toInt();
    private static volatile int lowestOfOthers = Level.ERROR.toInt();
    private static volatile Format format = Format.TEXT;
    private static volatile boolean journal;

    private Log() {}

    /**
     * Sets the lowest levels that are logged; null logs nothing.
     *
     * @param ours of our own classes
     * @param others of the libraries
     */
    public static void setLevels(Level ours, Level others) {
        lowestOfOurs = number(ours);
        lowestOfOthers = number(others);
        refresh();
    }

    /**
     * Makes an exception for one logger, or for a package if the name ends in a dot.
     *
     * @param level the lowest one that is logged; null for none
     */
    public static void setLevel(String name, Level level) {
        OVERRIDES.put(name, number(level));
        refresh();
    }

    /** Returns whether our own classes log at this level. */
    public static boolean isOurs(Level level) {
        return level.toInt() >= lowestOfOurs;
    }

    /** Sets the form of all lines from now on. */
    public static void setFormat(Format form) {
        format = form;
    }

    /** Returns the form of the lines. */
    public static Format format() {
        return format;
    }

    /**
     * Writes for journald if standard error is its stream.
     *
     * @param variable the value of JOURNAL_STREAM, {@code DEVICE:INODE} in decimal digits
     *     (systemd.exec(5)); null if it is not set. A process that redirects a child's standard
     *     error leaves the variable as it is, so the descriptor decides
     */
    public static void detectJournal(String variable) {
        if (variable == null) {
            return;
        }
        try {
            Path errors =
                    Path.of("/proc/self/fd/2"); // not a link for the system: it stats the stream
            Object device = Files.getAttribute(errors, "unix:dev");
            Object inode = Files.getAttribute(errors, "unix:ino");
            journal = variable.equals(device + ":" + inode);
        } catch (IOException | UnsupportedOperationException e) {
            journal = false; // standard error is closed, or this is no Linux
        }
    }

    /** Returns whether lines are meant for a program: JSON, or with journald's priorities. */
    public static boolean isForPrograms() {
        return journal || format == Format.JSON;
    }

    /**
     * Returns a logger without asking SLF4J, which loses what is logged while another thread sets
     * it up.
     */
    public static Logger early(Class<?> type) {
        return logger(type.getName());
    }

    static StderrLogger logger(String name) {
        return LOGGERS.computeIfAbsent(name, _ -> new StderrLogger(name, lowestOf(name)));
    }

    private static void refresh() {
        LOGGERS.forEach((name, logger) -> logger.setLowest(lowestOf(name)));
    }

    private static int lowestOf(String name) {
        Integer exception = OVERRIDES.get(name);
        if (exception == null) {
            exception = OVERRIDES.get(name.substring(0, name.lastIndexOf('.') + 1));
        }
        return exception != null
                ? exception
                : name.startsWith(OURS) ? lowestOfOurs : lowestOfOthers;
    }

    private static int number(Level levelOrNull) {
        return levelOrNull == null ? StderrLogger.OFF : levelOrNull.toInt();
    }

    /** Writes a message for the user, whatever the levels are. */
    public static void tell(Level level, String logger, String message) {
        write(level, logger, message, null);
    }

    static void write(Level level, String logger, String message, Throwable thrownOrNull) {
        write(level, logger, message, thrownOrNull, List.of());
    }

    /**
     * @param fields for JSON; the message already says what they say
     */
    static void write(
            Level level,
            String logger,
            String message,
            Throwable thrownOrNull,
            List<KeyValuePair> fields) {
        Instant now = Instant.now();
        String text =
                format == Format.JSON
                        ? json(now, level, logger, message, thrownOrNull, fields)
                        : text(now, level, logger, message, thrownOrNull);
        PrintStream errors = System.err;
        errors.print(text); // as a whole, so that the lines of two threads do not mix
        errors.flush();
    }

    static String json(
            Instant now,
            Level level,
            String logger,
            String message,
            Throwable thrownOrNull,
            List<KeyValuePair> fields) {
        JsonLine line = new JsonLine();
        line.string("time", now.truncatedTo(ChronoUnit.MILLIS).toString());
        line.string("level", level.name().toLowerCase(Locale.ROOT));
        line.string("logger", logger);
        line.string("message", message);
        for (KeyValuePair field : fields) {
            line.value(field.key, field.value);
        }
        if (thrownOrNull != null) {
            line.string("trace", trace(thrownOrNull));
        }
        return line + "\n";
    }

    private static String text(
            Instant now, Level level, String logger, String message, Throwable thrownOrNull) {
        String shortName = logger.substring(logger.lastIndexOf('.') + 1);
        String head = (shortName.isEmpty() ? "" : shortName + " - ") + message;
        String trace = thrownOrNull == null ? "" : "\n" + trace(thrownOrNull).stripTrailing();
        return journal
                ? prioritized(level, head + trace)
                : LocalTime.FORMAT.format(now) + " " + level + " " + head + trace + "\n";
    }

    /** Puts the priority before each line (sd-daemon(3)). */
    static String prioritized(Level level, String text) {
        int priority =
                switch (level) {
                    case ERROR -> 3;
                    case WARN -> 4;
                    case INFO -> 6;
                    case DEBUG, TRACE -> 7;
                };
        StringBuilder out = new StringBuilder();
        text.lines()
                .forEach(
                        line ->
                                out.append('<')
                                        .append(priority)
                                        .append('>')
                                        .append(line)
                                        .append('\n'));
        return out.toString();
    }

    private static String trace(Throwable thrown) {
        StringWriter out = new StringWriter();
        thrown.printStackTrace(new PrintWriter(out, true));
        return out.toString();
    }
}
