// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Rule;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Formats and parses steps as lines of the journal: a word for the kind, then the fields, separated
 * by tabs. Within a field a backslash, a tab and the two line breaks are written {@code \\}, {@code
 * \t}, {@code \n} and {@code \r}, and {@code \0} stands for null.
 */
final class StepText {
    private StepText() {}

    /** The kind of the step {@link Step.Permit}. */
    static final String PERMIT = "permit";

    private static final String NULL = "\\0";

    /** Formats a step, without a line break at its end. */
    static String format(Step step) {
        return switch (step) {
            case Step.From(var file, var quick) ->
                    line(
                            Stream.concat(
                                    Stream.of("from", file.toString()),
                                    QuickConfigText.lines(quick).stream()));
            case Step.Hooks(boolean post) -> line("hooks", post);
            case Step.Permit(var id) -> line(PERMIT, id);
            case Step.Link() -> line("link");
            case Step.LinkMade(int index) -> line("link-made", index);
            case Step.Address(boolean added, var address) -> line("address", added, address);
            case Step.AllowedRoute(boolean added, var destination, int table) ->
                    line("route", added, destination, Integer.toUnsignedString(table));
            case Step.DefaultRoute(boolean added, boolean ipv4, int table) ->
                    line("default", added, ipv4, Integer.toUnsignedString(table));
            case Step.Mark(int mark) -> line("mark", Integer.toUnsignedString(mark));
            case Step.RoutingRule(boolean added, var rule, int ownTable) ->
                    line(
                            "rule",
                            added,
                            rule.ipv4(),
                            Integer.toUnsignedString(rule.priority()),
                            rule.not(),
                            Integer.toUnsignedString(rule.fwmark()),
                            Integer.toUnsignedString(rule.table()),
                            rule.suppressPrefixLength(),
                            Integer.toUnsignedString(ownTable));
            case Step.ValidMark() -> line("valid-mark");
            case Step.Firewall(boolean nft, boolean ipv4) -> line("firewall", nft, ipv4);
            case Step.Resolvconf(var record) -> line("resolvconf", record);
            case Step.ResolvConfFile(var before, boolean link, var written) ->
                    line("resolv.conf", before, link, written);
            case Step.Complete() -> line("complete");
        };
    }

    private static String line(Object... fields) {
        return line(Arrays.stream(fields));
    }

    private static String line(Stream<?> fields) {
        return String.join("\t", fields.map(StepText::escape).toList());
    }

    private static String escape(Object field) {
        return field == null
                ? NULL
                : field.toString()
                        .replace("\\", "\\\\")
                        .replace("\t", "\\t")
                        .replace("\n", "\\n")
                        .replace("\r", "\\r");
    }

    /**
     * @throws IllegalArgumentException if the line is not a step
     */
    static Step parse(String line) {
        List<String> fields = new ArrayList<>();
        for (String field : line.split("\t", -1)) {
            fields.add(unescape(field));
        }
        try {
            return parse(fields);
        } catch (IndexOutOfBoundsException | NullPointerException e) {
            throw new IllegalArgumentException("a step without all of its fields", e);
        }
    }

    private static Step parse(List<String> fields) {
        return switch (fields.getFirst()) {
            case "from" ->
                    new Step.From(
                            Path.of(fields.get(1)),
                            QuickConfigText.parse(fields.subList(2, fields.size())));
            case "hooks" -> new Step.Hooks(flag(fields, 1));
            case PERMIT -> new Step.Permit(fields.get(1));
            case "link" -> new Step.Link();
            case "link-made" -> new Step.LinkMade(Integer.parseInt(fields.get(1)));
            case "address" -> new Step.Address(flag(fields, 1), Cidr.parse(fields.get(2)));
            case "route" ->
                    new Step.AllowedRoute(
                            flag(fields, 1), Cidr.parse(fields.get(2)), number(fields, 3));
            case "default" ->
                    new Step.DefaultRoute(flag(fields, 1), flag(fields, 2), number(fields, 3));
            case "mark" -> new Step.Mark(number(fields, 1));
            case "rule" ->
                    new Step.RoutingRule(
                            flag(fields, 1),
                            new Rule(
                                    flag(fields, 2),
                                    number(fields, 3),
                                    flag(fields, 4),
                                    number(fields, 5),
                                    number(fields, 6),
                                    Integer.parseInt(fields.get(7)),
                                    false),
                            number(fields, 8));
            case "valid-mark" -> new Step.ValidMark();
            case "firewall" -> new Step.Firewall(flag(fields, 1), flag(fields, 2));
            case "resolvconf" -> new Step.Resolvconf(fields.get(1));
            case "resolv.conf" ->
                    new Step.ResolvConfFile(fields.get(1), flag(fields, 2), fields.get(3));
            case "complete" -> new Step.Complete();
            default -> throw new IllegalArgumentException("not a step");
        };
    }

    private static boolean flag(List<String> fields, int index) {
        return Boolean.parseBoolean(fields.get(index));
    }

    private static int number(List<String> fields, int index) {
        return Integer.parseUnsignedInt(fields.get(index));
    }

    private static String unescape(String field) {
        if (field.equals(NULL)) {
            return null;
        }
        StringBuilder text = new StringBuilder(field.length());
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && i + 1 < field.length()) {
                c =
                        switch (field.charAt(++i)) {
                            case 't' -> '\t';
                            case 'n' -> '\n';
                            case 'r' -> '\r';
                            default -> field.charAt(i);
                        };
            }
            text.append(c);
        }
        return text.toString();
    }
}
