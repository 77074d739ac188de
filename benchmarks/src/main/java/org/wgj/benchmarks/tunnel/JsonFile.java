package org.wgj.benchmarks.tunnel;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import java.util.Optional;

/** Writes a report as JSON: every single figure, and what the table makes of them. */
final class JsonFile {
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private JsonFile() {}

    static String of(Report report) {
        JsonObject root = new JsonObject();
        root.add("environment", GSON.toJsonTree(report.environment()));
        JsonObject missing = new JsonObject();
        report.missing().forEach((i, why) -> missing.addProperty(i.label(), why));
        root.add("missing", missing);
        root.add("failures", GSON.toJsonTree(report.failures()));
        root.add("figures", figures(report));
        root.add("samples", samples(report.results()));
        return GSON.toJson(root) + "\n";
    }

    private static JsonArray figures(Report report) {
        JsonArray figures = new JsonArray();
        for (Figure figure : Figure.values()) {
            JsonObject object = new JsonObject();
            object.addProperty("figure", name(figure));
            object.addProperty("title", figure.title());
            object.addProperty("unit", figure.unit());
            object.addProperty("moreIsBetter", figure.moreIsBetter());
            JsonObject medians = new JsonObject();
            JsonObject ratios = new JsonObject();
            for (Implementation i : report.measured()) {
                medians.add(i.label(), spread(report.results().of(figure, i)));
                if (i != Implementation.WGJ) {
                    ratios.add(
                            i.label(),
                            spread(report.results().ratio(figure, Implementation.WGJ, i)));
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

    private static JsonArray samples(Results results) {
        JsonArray samples = new JsonArray();
        for (Results.Sample sample : results.samples()) {
            JsonObject object = new JsonObject();
            object.addProperty("round", sample.round());
            object.addProperty("figure", name(sample.figure()));
            object.addProperty("implementation", sample.implementation().label());
            object.addProperty("value", sample.value());
            samples.add(object);
        }
        return samples;
    }

    private static String name(Figure figure) {
        return figure.method() + "." + figure.counter();
    }
}
