// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Column;
import org.wgj.benchmarks.lab.Spread;

import java.util.List;
import java.util.Optional;

/** Writes a report as JSON: every single figure, and what the table makes of them. */
final class JsonFile {
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private JsonFile() {}

    static String of(BenchReport report) {
        JsonObject root = new JsonObject();
        root.add("environment", GSON.toJsonTree(report.environment()));
        JsonObject missing = new JsonObject();
        report.missing().forEach((i, why) -> missing.addProperty(i.label(), why));
        root.add("missing", missing);
        root.add("failures", GSON.toJsonTree(report.failures()));
        root.addProperty("emulated", report.emulated());
        root.add(
                "figures",
                figures(
                        report,
                        report.results(),
                        List.of(Figure.values()),
                        report.measured(),
                        Carrier.WGJ));
        root.add("samples", samples(report, report.results()));
        root.add("cold", cold(report));
        root.add("cryptography", crypto(report));
        return GSON.toJson(root) + "\n";
    }

    private static JsonObject cold(BenchReport report) {
        ColdStart cold = report.cold();
        JsonObject object = new JsonObject();
        object.add(
                "figures",
                figures(
                        report,
                        cold.results(),
                        List.of(ColdFigure.values()),
                        cold.pairs(),
                        ColdPair.WGJ));
        object.add("samples", samples(report, cold.results()));
        JsonObject timelines = new JsonObject();
        for (ColdPair pair : cold.pairs()) {
            JsonArray seconds = new JsonArray();
            for (int second = 0; second < cold.seconds(); second++) {
                cold.median(pair, second).ifPresent(seconds::add);
            }
            timelines.add(pair.label(), seconds);
        }
        object.add("secondsGigabitsPerSecond", timelines);
        return object;
    }

    private static JsonObject crypto(BenchReport report) {
        Crypto crypto = report.crypto();
        JsonObject object = new JsonObject();
        JsonObject names = new JsonObject();
        crypto.names().forEach((engine, name) -> names.addProperty(engine.label(), name));
        object.add("names", names);
        JsonObject missing = new JsonObject();
        crypto.missing().forEach((engine, why) -> missing.addProperty(engine.label(), why));
        object.add("missing", missing);
        object.add(
                "figures",
                figures(
                        report,
                        crypto.results(),
                        List.of(CryptoFigure.values()),
                        crypto.measured(),
                        CryptoEngine.WGJ));
        object.add("samples", samples(report, crypto.results()));
        return object;
    }

    private static JsonArray figures(
            BenchReport report,
            Results results,
            List<? extends ReportRow> rows,
            List<? extends Column> measured,
            Column one) {
        JsonArray figures = new JsonArray();
        for (ReportRow figure : rows) {
            JsonObject object = new JsonObject();
            object.addProperty("figure", figure.key());
            object.addProperty("title", figure.title());
            object.addProperty("unit", report.unit(figure));
            object.addProperty("moreIsBetter", figure.moreIsBetter());
            JsonObject medians = new JsonObject();
            JsonObject ratios = new JsonObject();
            for (Column i : measured) {
                medians.add(i.label(), spread(results.of(figure, i)));
                if (i != one) {
                    ratios.add(i.label(), spread(results.ratio(figure, one, i)));
                }
            }
            object.add("spread", medians);
            object.add("wgjOver", ratios);
            figures.add(object);
        }
        return figures;
    }

    private static JsonElement spread(Optional<Spread> spread) {
        return GSON.toJsonTree(spread.orElse(null));
    }

    private static JsonArray samples(BenchReport report, Results results) {
        JsonArray samples = new JsonArray();
        for (Results.Sample sample : results.samples()) {
            JsonObject object = new JsonObject();
            object.addProperty("round", sample.round());
            object.addProperty("figure", sample.figure().key());
            object.addProperty("implementation", sample.column().label());
            object.addProperty("value", sample.value());
            object.addProperty("unit", report.unit(sample.figure()));
            samples.add(object);
        }
        return samples;
    }
}
