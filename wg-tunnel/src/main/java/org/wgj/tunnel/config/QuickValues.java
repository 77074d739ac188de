// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.Cidr;
import org.wgj.tunnel.text.Decimal;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Collects the values of wg-quick's keys. Its exceptions follow the rules of {@link Values}. */
final class QuickValues {
    private static final int MIN_MTU = 68; // the least that IPv4 allows, RFC 791
    private static final int MAX_MTU = 65_535;

    /**
     * systemd-resolved's search domains: {@code ~} marks one for routing only, {@code ~.} is all.
     */
    private static final Pattern SEARCH_DOMAIN = Pattern.compile("~?[\\w.\\x80-\\xff-]+");

    private static final Pattern ADDRESS_WITH_PORT =
            Pattern.compile("\\[?([0-9A-Fa-f:]+|[0-9.]+)]?(:[0-9]*)?");

    private final List<Cidr> addresses = new ArrayList<>();
    private final List<InetAddress> dnsServers = new ArrayList<>();
    private final List<String> dnsSearch = new ArrayList<>();
    private OptionalInt mtu = OptionalInt.empty();
    private QuickConfig.Table table = new QuickConfig.Table.Auto();
    private final List<String> preUp = new ArrayList<>();
    private final List<String> postUp = new ArrayList<>();
    private final List<String> preDown = new ArrayList<>();
    private final List<String> postDown = new ArrayList<>();
    private boolean saveConfig;

    /**
     * @param value without its comment
     * @param hook the value with its comment, because a command may contain a {@code #}
     */
    void add(ConfigKey key, String value, String hook) {
        switch (key) {
            case ADDRESS -> Quote.each(words(value), word -> addresses.add(address(word)));
            case DNS -> Quote.each(words(value), this::dns);
            case MTU -> mtu = value.isEmpty() ? OptionalInt.empty() : OptionalInt.of(mtu(value));
            case TABLE -> table = table(value);
            case PRE_UP -> hook(preUp, hook);
            case POST_UP -> hook(postUp, hook);
            case PRE_DOWN -> hook(preDown, hook);
            case POST_DOWN -> hook(postDown, hook);
            case SAVE_CONFIG -> saveConfig = bool(value);
            default -> throw new IllegalStateException(key.text);
        }
    }

    QuickConfig config() {
        return new QuickConfig(
                List.copyOf(addresses),
                List.copyOf(dnsServers),
                List.copyOf(dnsSearch),
                mtu,
                table,
                List.copyOf(preUp),
                List.copyOf(postUp),
                List.copyOf(preDown),
                List.copyOf(postDown),
                saveConfig);
    }

    private static List<String> words(String value) {
        return Arrays.stream(value.split("[,\\s]+")).filter(word -> !word.isEmpty()).toList();
    }

    /** Stricter than {@link Cidr#parse}, which reads {@code 10.1} as 10.0.0.1. */
    private static Cidr address(String word) {
        int slash = word.indexOf('/');
        InetAddress address = literal(slash < 0 ? word : word.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException("expected IPv4 or IPv6 addresses with /length");
        }
        int bits = address.getAddress().length * Byte.SIZE;
        if (slash < 0) {
            return new Cidr(address, bits);
        }
        String length = word.substring(slash + 1);
        int ofMask = Netmask.length(length);
        if (ofMask >= 0 && bits == Integer.SIZE) {
            return new Cidr(address, ofMask);
        }
        try {
            return new Cidr(address, (int) Decimal.parse(length, bits));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("prefix length must be from 0 to " + bits, e);
        }
    }

    /** Returns null if it is no numeric address without a length. */
    private static InetAddress literal(String word) {
        if (word.indexOf('/') >= 0) {
            return null;
        }
        try {
            var _ = IpPrefix.parse(word);
            return InetAddress.ofLiteral(word);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Text that looks like an address must be one; every other name is a search domain. */
    private void dns(String word) {
        InetAddress server = literal(word);
        if (server != null) {
            dnsServers.add(server);
        } else if (SEARCH_DOMAIN.matcher(word).matches() && !word.matches("[0-9.]+")) {
            dnsSearch.add(Quote.utf8(word));
        } else {
            throw new IllegalArgumentException(
                    "expected IPv4 or IPv6 addresses and domains" + dnsAdvice(word));
        }
    }

    private static String dnsAdvice(String word) {
        int slash = word.indexOf('/');
        Matcher withPort = ADDRESS_WITH_PORT.matcher(word);
        if (slash >= 0 && literal(word.substring(0, slash)) != null) {
            return "; a name server has no /length: write " + word.substring(0, slash);
        }
        if (withPort.matches() && literal(withPort.group(1)) != null) {
            return "; a name server has neither port nor brackets: write " + withPort.group(1);
        }
        int zone = word.indexOf('%');
        if (zone >= 0 && literal(word.substring(0, zone)) != null) {
            return "; a name server has no zone here";
        }
        return "";
    }

    private static int mtu(String value) {
        String expected = "expected bytes from " + MIN_MTU + " to " + MAX_MTU;
        try {
            int bytes = (int) Decimal.parse(value, MAX_MTU);
            if (bytes >= MIN_MTU) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(expected, e);
        }
        throw new IllegalArgumentException(expected);
    }

    private static QuickConfig.Table table(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "", "auto" -> new QuickConfig.Table.Auto();
            case "off" -> new QuickConfig.Table.Off();
            default -> new QuickConfig.Table.Number(RoutingTables.number(value));
        };
    }

    private static void hook(List<String> hooks, String command) {
        if (!command.isEmpty()) {
            hooks.add(Quote.utf8(command));
        }
    }

    private static boolean bool(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("expected true or false");
        };
    }
}
