"""Google Cloud: texts that Translation works on, and the products that Vision searches."""

from __future__ import annotations

from migrator.operators.google_asks import Ask, ask_rules

_LOCATION = "projects/{project_id}/locations/{location}"
_ANYWHERE = _LOCATION + " or projects/{project_id}/locations/global"
_DATASET = _LOCATION + "/datasets/{dataset_id}"


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_TEXT = _same("source_language_code", "labels")
_BATCH = {**_TEXT, **_same("target_language_codes", "input_configs", "output_config", "models", "glossaries")}
_DOCUMENT = _same("customized_attribution", "enable_shadow_removal_native_pdf", "enable_rotation_correction")
_TRANSLATION = (
    Ask(
        "TranslateText",
        "translate_text",
        {
            "parent": _ANYWHERE,
            **_TEXT,
            **_same("contents", "target_language_code", "mime_type", "model"),
            **_same("transliteration_config", "glossary_config"),
        },
    ),
    Ask("TranslateTextBatch", "batch_translate_text", {"parent": _LOCATION, **_BATCH}, gives=""),
    Ask(
        "TranslateDocument",
        "translate_document",
        {
            "parent": _ANYWHERE,
            **_TEXT,
            **_DOCUMENT,
            **_same("target_language_code", "document_input_config", "document_output_config", "model"),
            **_same("is_translate_native_pdf_only", "glossary_config"),
        },
    ),
    Ask(
        "TranslateDocumentBatch",
        "batch_translate_document",
        {
            "parent": _ANYWHERE,
            **{name: told for name, told in _BATCH.items() if name != "labels"},
            **_DOCUMENT,
            "format_conversions": "format_conversions",
        },
    ),
    Ask("TranslateCreateDataset", "create_dataset", {"parent": _LOCATION, "dataset": "dataset"}, key="dataset_id"),
    Ask("TranslateDeleteDataset", "delete_dataset", {"name": _DATASET}, gives=""),
    Ask("TranslateDatasetsList", "list_datasets", {"parent": _LOCATION}, gives=""),
    Ask(
        "TranslateImportData",
        "import_data",
        {"dataset": _DATASET, "input_config": "input_config"},
        gives="",
        refused=("raise_for_empty_result",),
    ),
    Ask(
        "TranslateCreateModel",
        "create_model",
        {"parent": _LOCATION, "model.display_name": "display_name", "model.dataset": _DATASET},
        key="model_id",
    ),
    Ask("TranslateDeleteModel", "delete_model", {"name": _LOCATION + "/models/{model_id}"}, gives=""),
    Ask("TranslateModelsList", "list_models", {"parent": _LOCATION}, gives=""),
    Ask(
        "TranslateCreateGlossary",
        "create_glossary",
        {
            "parent": _LOCATION,
            "glossary.name": _LOCATION + "/glossaries/{glossary_id}",
            "glossary.input_config": "input_config",
            "glossary.language_pair": "language_pair",
            "glossary.language_codes_set": "language_codes_set",
        },
        key="glossary_id",
    ),
    Ask("TranslateDeleteGlossary", "delete_glossary", {"name": _LOCATION + "/glossaries/{glossary_id}"}),
    Ask(
        "TranslateListGlossaries",
        "list_glossaries",
        {"parent": _LOCATION, "filter": "filter_str", "page_size": "page_size", "page_token": "page_token"},
        gives="",
    ),
)

# -------------------------------------------------------------------------------------------------------------- Vision

_SET, _PRODUCT = _LOCATION + "/productSets/{product_set_id}", _LOCATION + "/products/{product_id}"
_IMAGE = _PRODUCT + "/referenceImages/{reference_image_id}"
_MEMBER = {"name": _SET, "product": _PRODUCT}


def _named(name: str, field: str, place: str) -> tuple[Ask, ...]:
    """The operators of product sets, or products."""
    made = {"parent": _LOCATION, field: field, f"{field}_id": f"{field}_id"}
    changed = {field: field, f"{field}.name": place, "update_mask": "update_mask"}
    return (
        Ask(f"CloudVisionCreate{name}", f"create_{field}", made, gives="str", or_get=place),
        Ask(f"CloudVisionGet{name}", f"get_{field}", {"name": place}, gives=""),
        Ask(f"CloudVisionUpdate{name}", f"update_{field}", changed, gives=""),
        Ask(f"CloudVisionDelete{name}", f"delete_{field}", {"name": place}, gives=""),
    )


_VISION = (
    *_named("ProductSet", "product_set", _SET),
    *_named("Product", "product", _PRODUCT),
    Ask(
        "CloudVisionCreateReferenceImage",
        "create_reference_image",
        {
            "parent": _PRODUCT,
            "reference_image": "reference_image",
            "reference_image_id": "reference_image_id",
        },
        gives="str",
        or_get=_IMAGE,
    ),
    Ask("CloudVisionDeleteReferenceImage", "delete_reference_image", {"name": _IMAGE}, gives=""),
    Ask("CloudVisionAddProductToProductSet", "add_product_to_product_set", _MEMBER, gives=""),
    Ask("CloudVisionRemoveProductFromProductSet", "remove_product_from_product_set", _MEMBER, gives=""),
)

RULES = (
    *ask_rules("translate", "translate", "ask_translation", _TRANSLATION),
    *ask_rules("vision", "vision", "ask_vision_products", _VISION),
)
