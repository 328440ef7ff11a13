using System.Globalization;
using System.Text.Encodings.Web;
using Fluid;

namespace ResNetMLNet.Trainer;

/// <summary>The HTML templates beside this file; whatever they put into a page is escaped, but for what is HTML already.</summary>
internal static class PageTemplate
{
    private static readonly FluidParser Parser = new(new FluidParserOptions { AllowFunctions = true });

    /// <summary>Fills a template in.</summary>
    /// <param name="name">The file's.</param>
    /// <param name="model">An object with the values.</param>
    public static string Render(string name, object model)
    {
        using var text = new StreamReader(typeof(PageTemplate).Assembly.GetManifestResourceStream(name)!);
        var context = new TemplateContext(model,
            new TemplateOptions { MemberAccessStrategy = UnsafeMemberAccessStrategy.Instance, CultureInfo = CultureInfo.InvariantCulture });
        return Parser.Parse(text.ReadToEnd()).Render(context, HtmlEncoder.Default);
    }
}
