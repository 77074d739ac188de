// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import java.math.BigDecimal;
import java.util.List;

/**
 * A family of metrics, which all have its name and differ by labels.
 *
 * @param name of its samples in Prometheus' text format; a counter ends in {@code _total}, an info
 *     in {@code _info}
 * @param type what its values mean
 * @param unit a base unit such as seconds, with which the name ends; empty for none
 * @param help a sentence for people
 * @param labels the names of the labels that a sample may have, in their order
 */
record MetricFamily(String name, Type type, String unit, String help, List<String> labels) {
    /** The meaning of a family's values. */
    enum Type {
        /** Only grows, until the process starts again. */
        COUNTER("counter", "_total"),
        /** A value now. */
        GAUGE("gauge", ""),
        /** Always 1; the labels are the facts. */
        INFO("info", "_info");

        final String text;
        final String suffix;

        Type(String text, String suffix) {
            this.text = text;
            this.suffix = suffix;
        }
    }

    static MetricFamily counter(String name, String unit, String help, String... labels) {
        return new MetricFamily(name, Type.COUNTER, unit, help, List.of(labels));
    }

    static MetricFamily gauge(String name, String unit, String help, String... labels) {
        return new MetricFamily(name, Type.GAUGE, unit, help, List.of(labels));
    }

    static MetricFamily info(String name, String help, String... labels) {
        return new MetricFamily(name, Type.INFO, "", help, List.of(labels));
    }

    /**
     * Returns the name as OpenMetrics gives it to the family, without the suffix of its samples.
     */
    String openMetricsName() {
        return name.endsWith(type.suffix)
                ? name.substring(0, name.length() - type.suffix.length())
                : name;
    }

    /**
     * Makes a sample.
     *
     * @param value in Prometheus' syntax
     * @param labelValues one for each label; null leaves the label out
     */
    Sample sample(String value, String... labelValues) {
        if (labelValues.length != labels.size()) {
            throw new IllegalArgumentException(
                    name + " has " + labels.size() + " labels, not " + labelValues.length);
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < labelValues.length; i++) {
            if (labelValues[i] != null) {
                out.append(out.isEmpty() ? '{' : ',').append(labels.get(i)).append("=\"");
                escape(labelValues[i], out);
                out.append('"');
            }
        }
        return new Sample(out.isEmpty() ? "" : out.append('}').toString(), value);
    }

    /** Makes a sample of a count, which is unsigned. */
    Sample count(long value, String... labelValues) {
        return sample(Long.toUnsignedString(value), labelValues);
    }

    /** Makes a sample of a yes or no. */
    Sample flag(boolean value, String... labelValues) {
        return sample(value ? "1" : "0", labelValues);
    }

    /** Makes a sample of seconds or another measure, without an exponent. */
    Sample measure(double value, String... labelValues) {
        return sample(BigDecimal.valueOf(value).stripTrailingZeros().toPlainString(), labelValues);
    }

    private static void escape(String value, StringBuilder out) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '"' -> out.append("\\\"");
                case '\n' -> out.append("\\n");
                default -> out.append(c);
            }
        }
    }

    /**
     * A value with its labels.
     *
     * @param labels in braces, escaped; empty if there are none
     * @param value in Prometheus' syntax
     */
    record Sample(String labels, String value) {}
}
