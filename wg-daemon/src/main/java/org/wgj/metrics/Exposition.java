// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Writes a page in pieces of about 16 KiB, in one of the two formats that Prometheus reads. A
 * family without samples is left out. Used by one thread at a time.
 */
final class Exposition implements Iterator<String> {
    private static final int PIECE = 16 << 10;

    /** A text format. */
    enum Format {
        /** Prometheus' own. */
        TEXT("text/plain; version=0.0.4; charset=utf-8"),
        /** The standard that grew out of it. */
        OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8");

        final String contentType;

        Format(String contentType) {
            this.contentType = contentType;
        }
    }

    private final Format format;
    private final Iterator<Series> families;
    private MetricFamily family;
    private Iterator<MetricFamily.Sample> samples = List.<MetricFamily.Sample>of().iterator();
    private boolean ended;

    Exposition(Format format, List<Series> page) {
        this.format = format;
        families = page.iterator();
    }

    /** Returns the whole page. */
    static String text(Format format, List<Series> page) {
        StringBuilder all = new StringBuilder();
        new Exposition(format, page).forEachRemaining(all::append);
        return all.toString();
    }

    @Override
    public boolean hasNext() {
        return !ended;
    }

    /** Returns the next piece; the last one may be empty. */
    @Override
    public String next() {
        if (ended) {
            throw new NoSuchElementException("the page has ended");
        }
        StringBuilder out = new StringBuilder(PIECE + 1024);
        while (out.length() < PIECE) {
            if (samples.hasNext()) {
                MetricFamily.Sample sample = samples.next();
                out.append(family.name()).append(sample.labels());
                out.append(' ').append(sample.value()).append('\n');
            } else if (families.hasNext()) {
                Series series = families.next();
                family = series.family();
                samples = series.samples().iterator();
                if (samples.hasNext()) {
                    header(out);
                }
            } else {
                ended = true;
                out.append(format == Format.OPEN_METRICS ? "# EOF\n" : "");
                break;
            }
        }
        return out.toString();
    }

    private void header(StringBuilder out) {
        boolean open = format == Format.OPEN_METRICS;
        String name = open ? family.openMetricsName() : family.name();
        // An info is a gauge in Prometheus' format, which knows no such type.
        String type =
                !open && family.type() == MetricFamily.Type.INFO
                        ? MetricFamily.Type.GAUGE.text
                        : family.type().text;
        out.append("# HELP ").append(name).append(' ').append(family.help()).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        if (open && !family.unit().isEmpty()) {
            out.append("# UNIT ").append(name).append(' ').append(family.unit()).append('\n');
        }
    }
}
